import type { ExitStatus } from '../model';
import type { ExecResult, Sandbox } from '../sandbox/sandbox';
import type { Agent, AgentContext, AgentOutcome, TaskBrief } from './agent';
import { ended } from './agent';
import type { ModelEndpoint } from './commandEndpoint';
import { openModelEndpoint } from './commandEndpoint';
import { cutInTheMiddle } from './cutText';
import { usualOutputLimit } from './toolbox';

/** Beside the repository, so that it is no part of what is handed in. */
const taskFile = '/tmp/benchyard-task.md';

/** What of a program's output is kept, of stdout and of stderr each. */
const keptBytes = 16 * 1024 ** 2;

/**
 * Lets a program of the user's work on the task inside the sandbox: any agent that can be started by a command. What it
 * leaves in the working tree is handed in.
 */
export function commandAgent(command: string): Agent {
  return {
    name: 'command',
    async solve(context): Promise<AgentOutcome> {
      const { model, signal } = context;
      const sandbox = await context.sandbox();
      await sandbox.writeFile(taskFile, taskText(context.brief), { signal });
      const endpoint = model === null ? null : await openModelEndpoint(sandbox, model, context);
      try {
        return await runCommand(command, { sandbox, endpoint, context });
      } finally {
        await endpoint?.[Symbol.asyncDispose]();
      }
    },
  };
}

/** The task as the program is given it, on stdin and in the file. */
function taskText({ statement, rules }: TaskBrief): string {
  return `${statement.trim()}\n\n${rules.trim()}\n`;
}

interface Workplace {
  readonly sandbox: Sandbox;
  readonly endpoint: ModelEndpoint | null;
  readonly context: AgentContext;
}

async function runCommand(
  command: string,
  { sandbox, endpoint, context }: Workplace,
): Promise<AgentOutcome> {
  const { remainingMs, show, signal } = context;
  const started = performance.now();
  const said: string[] = [];
  const record = async (end: string, exec: ExecResult | null): Promise<void> => {
    const output = `${said.join('')}[${end}]`;
    const { text, bytes, cut } = cutInTheMiddle(output, usualOutputLimit);
    await context.record({
      kind: 'tool',
      call_id: '',
      tool: 'command',
      arguments: { command },
      ok: exec?.cause === 'exited' && exec.exitCode === 0,
      output: text,
      output_bytes: bytes,
      // Its own time: what its conversations took stands at their steps.
      duration_s: Math.max(0, (performance.now() - started) / 1000 - (endpoint?.recordedS() ?? 0)),
      changesFiles: exec !== null,
      ...(cut ? { whole: output } : {}),
    });
  };
  const broken = endpoint?.broken ?? signal;
  try {
    const exec = await sandbox.exec(['/bin/sh', '-c', command], {
      stdin: Buffer.from(taskText(context.brief)),
      env: environment(context, endpoint),
      // Ends by itself, a moment before the agent's clock would cut it off.
      timeoutMs: remainingMs() - Math.min(500, remainingMs() / 20),
      outputLimitBytes: keptBytes,
      onOutput: (text) => {
        said.push(text);
        show(text);
      },
      signal: AbortSignal.any([signal, broken]),
    });
    await record(howItEnded(exec), exec);
    return outcomeOf(exec, { stop: endpoint?.lastStop() ?? null, said });
  } catch (error) {
    // What it said until then is not lost.
    const why = broken.aborted ? 'the model cannot be asked' : 'the sandbox is gone';
    await record(signal.aborted ? 'stopped' : `stopped: ${why}`, null);
    throw error;
  }
}

function environment(
  { brief, task, limits, remainingMs }: AgentContext,
  endpoint: ModelEndpoint | null,
): Record<string, string> {
  return {
    BENCHYARD_TASK_ID: task.taskId,
    BENCHYARD_TASK_FILE: taskFile,
    BENCHYARD_WORKDIR: brief.workdir,
    BENCHYARD_DEADLINE: new Date(Date.now() + remainingMs()).toISOString(),
    BENCHYARD_TIME_LIMIT_S: String(limits.agent),
    ...endpoint?.env,
  };
}

function howItEnded(exec: ExecResult): string {
  const { stdout, stderr } = exec.droppedBytes;
  const dropped = stdout + stderr === 0 ? '' : `; ${stdout + stderr} bytes of output were dropped`;
  const causes: Record<ExecResult['cause'], string> = {
    exited: `exit code ${exec.exitCode ?? 0}`,
    signalled: `killed by ${exec.signal ?? 'a signal'}`,
    timeout: 'stopped at the time limit',
    oom: 'killed for memory',
    output_limit: 'stopped for its flood of output',
  };
  return `${causes[exec.cause]}${dropped}`;
}

/** A budget that is spent is how the episode ended, whatever the program made of it. */
const limits: readonly ExitStatus[] = ['max_turns', 'max_tokens', 'max_cost', 'time'];

/** A program that could not ask the model any more may have done its work all the same: the tests decide. */
function outcomeOf(
  exec: ExecResult,
  { stop, said }: { readonly stop: AgentOutcome | null; readonly said: readonly string[] },
): AgentOutcome {
  if (exec.cause === 'timeout') return ended('time');
  const failed = exec.cause !== 'exited' || exec.exitCode !== 0;
  if (stop !== null && (failed || limits.includes(stop.exitStatus))) return stop;
  if (!failed) return ended('submitted');
  const last = said.join('').trimEnd().split('\n').at(-1)?.trim() ?? '';
  return ended('command_failed', `${howItEnded(exec)}${last === '' ? '' : `: ${last}`}`);
}
