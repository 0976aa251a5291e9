import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { startWith } from '../../agentTools/runnerSessions';
import { TaskSessions } from '../../agentTools/taskSessions';
import type { ToolHost } from '../../agentTools/agentTool';
import type { RunConfigInput } from '../../runner/model';
import { readConfig } from '../readConfig';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus } from '../context';

interface McpFlags {
  readonly config?: string;
  readonly tasks?: string[];
  readonly out?: string;
  readonly sandbox?: NonNullable<RunConfigInput['sandbox']>;
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
    .option('--config <file>', 'defaults of runs from a JSON or YAML file; flags override them')
    .option('--tasks <file...>', `task files (default: ${usualTaskFile}, where there is one)`)
    .option('--out <dir>', 'folder of the run folders (default: sandbox/runs)')
    .addOption(
      new Option('--sandbox <kind>', 'where tasks run').choices(['auto', 'docker', 'bubblewrap']),
    )
    .action(async (flags: McpFlags) => {
      const { streams, signal, say } = context;
      const host = await toolHost(flags, context);
      const { serveMcp } = await import('../../mcp/index');
      await serveMcp({
        ...streams,
        host,
        version: context.host.version,
        log: say,
        signal,
      });
      done(signal.aborted ? exitStatus.interrupted : exitStatus.done);
    });
}

async function toolHost(flags: McpFlags, { runner, host }: CliContext): Promise<ToolHost> {
  const { config: file, tasks, ...overrides } = flags;
  const defaults = await readConfig(file, host.cwd);
  const usual = existsSync(path.join(host.cwd, usualTaskFile)) ? [usualTaskFile] : [];
  return {
    runner,
    runsFolder: overrides.out ?? defaults.out ?? 'sandbox/runs',
    taskFiles: () => Promise.resolve(tasks ?? defaults.tasks ?? usual),
    runConfig: (choices) => ({ ...defaults, ...overrides, ...choices }),
    sessions: new TaskSessions(startWith(runner)),
  };
}
