import { isMleTask, RunnerError } from '../model';
import type { Agent, AgentOutcome } from './agent';
import { ended } from './agent';
import { agentFolders, submissionFile } from '../benchmarks/mle/layout';

const copyMs = 120_000;

/**
 * Hands in a competition's sample submission: what every agent should beat. For a technique task, which has none, it does
 * nothing.
 */
export const dummyAgent: Agent = {
  name: 'dummy',
  async solve(context): Promise<AgentOutcome> {
    const { task, signal, record } = context;
    if (!isMleTask(task))
      throw new RunnerError(
        'invalid-config',
        `The agent "dummy" hands in the sample submission of a competition; ${task.taskId} is none. Choose another agent, such as empty.`,
      );
    if (task.technique !== null) return ended('submitted', 'a technique task has no sample');
    const sandbox = await context.sandbox();
    const sample = `${agentFolders.data}/${task.competition.dataset.sample_submission}`;
    const target = `${agentFolders.submission}/${submissionFile}`;
    // A command of its own, so that the file may be of any size and never leaves the sandbox.
    const argv = ['install', '-D', '-m', '644', '--', sample, target];
    const exec = await sandbox.exec(argv, { cwd: '/', timeoutMs: copyMs, signal });
    const said = Buffer.concat([exec.stdout, exec.stderr]).toString('utf8');
    const ok = exec.cause === 'exited' && exec.exitCode === 0;
    await record({
      kind: 'tool',
      call_id: '',
      tool: 'shell',
      arguments: { command: argv.join(' ') },
      ok,
      output: said,
      output_bytes: Buffer.byteLength(said),
      duration_s: exec.durationMs / 1000,
      changesFiles: true,
    });
    return ok
      ? ended('submitted')
      : ended('command_failed', `the sample submission cannot be copied: ${said.trim()}`);
  },
};
