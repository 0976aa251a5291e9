import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { startWith } from '../../agentTools/runnerSessions';
import { TaskSessions } from '../../agentTools/taskSessions';
import type { ToolHost } from '../../agentTools/agentTool';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus } from '../context';

interface McpFlags {
  readonly tasks?: string[];
  readonly out: string;
  readonly sandbox: 'auto' | 'docker' | 'bubblewrap';
}

/** Found in the working folder, it needs no naming. */
const usualTaskFile = 'seed_tasks.jsonl';

export function addMcpCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  program
    .command('mcp')
    .description('offer runs and tasks as tools over the Model Context Protocol (stdio)')
    .option('--tasks <file...>', `task files (default: ${usualTaskFile}, where there is one)`)
    .option('--out <dir>', 'folder of the run folders', 'sandbox/runs')
    .option('--sandbox <kind>', 'where tasks run: auto, docker or bubblewrap', 'auto')
    .action(async (flags: McpFlags) => {
      const { serveMcp } = await import('../../mcp/index');
      const { streams, signal, say } = context;
      await serveMcp({
        ...streams,
        host: toolHost(flags, context),
        version: context.host.version,
        log: say,
        signal,
      });
      done(signal.aborted ? exitStatus.interrupted : exitStatus.done);
    });
}

function toolHost({ tasks, out, sandbox }: McpFlags, { runner, host }: CliContext): ToolHost {
  const usual = existsSync(path.join(host.cwd, usualTaskFile)) ? [usualTaskFile] : [];
  return {
    runner,
    runsFolder: out,
    taskFiles: () => Promise.resolve(tasks ?? usual),
    runConfig: (choices) => ({ out, sandbox, ...choices }),
    sessions: new TaskSessions(startWith(runner)),
  };
}
