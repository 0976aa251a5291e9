import * as z from 'zod';
import { RunnerError } from '../model';
import type { Submission } from '../benchmarks/benchmark';
import type { Sandbox } from '../sandbox/sandbox';
import type { Agent, AgentContext, AgentOutcome } from './agent';
import { ended } from './agent';
import type { Prediction } from './predictions';

const nothing: Submission = { kind: 'text', text: '' };

/** Hands in something that was there before the trial; needs no sandbox. */
function handsIn(name: string, submission: (context: AgentContext) => Submission): Agent {
  return {
    name,
    solve: async (context): Promise<AgentOutcome> => {
      const handedIn = submission(context);
      await context.record({
        kind: 'submission',
        content:
          handedIn.kind === 'text'
            ? handedIn.text
            : `${String(handedIn.tar.length)} bytes of files`,
      });
      return { exitStatus: 'submitted', detail: null, submission: handedIn };
    },
  };
}

/** The task's own solution: what a perfect agent would do. Tests the task, the environment and the pipeline. */
export const goldAgent: Agent = handsIn('gold', ({ gold }) => gold ?? nothing);

/** Does nothing: what must not count as solved. */
export const emptyAgent: Agent = handsIn('empty', () => nothing);

/** The same patch for every task, from a file that the user names. */
export function patchAgent(patch: string): Agent {
  return handsIn('patch', () => ({ kind: 'text', text: patch }));
}

/** What somebody handed in for each task, from a file of predictions; nothing for a task that the file does not have. */
export function predictionsAgent(predictions: readonly Prediction[]): Agent {
  const patches = new Map(predictions.map(({ taskId, patch }) => [taskId, patch]));
  return handsIn('predictions', ({ task }) => ({
    kind: 'text',
    text: patches.get(task.taskId) ?? '',
  }));
}

const actionSchema = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('shell'),
    command: z.string(),
    timeout_s: z.number().positive().max(3600).default(30),
  }),
  z.strictObject({ action: z.literal('write_file'), path: z.string(), content: z.string() }),
  z.strictObject({ action: z.literal('submit') }),
]);
export type ReplayAction = z.infer<typeof actionSchema>;

/**
 * Parses a recording: JSON lines of `{"action": "shell", "command": …}`, `{"action": "write_file", "path", "content"}`
 * and `{"action": "submit"}`, which ends the episode. With `"task_id"` a line is for that task only.
 *
 * @throws `invalid-config` with the line and what was expected
 */
export function parseReplay(
  text: string,
  file: string,
): readonly { readonly taskId: string | null; readonly action: ReplayAction }[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const where = `${file}:${String(index + 1)}`;
    try {
      const { task_id: taskId = null, ...action } = z
        .looseObject({ task_id: z.string().optional() })
        .parse(JSON.parse(line));
      return [{ taskId, action: actionSchema.parse(action) }];
    } catch (error) {
      const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
      throw new RunnerError('invalid-config', `${where}: this is not a recorded action: ${why}`, {
        cause: error,
      });
    }
  });
}

/** Performs a recorded list of actions in the sandbox, then hands in what changed. Same recording, same patch. */
export function replayAgent(recording: ReturnType<typeof parseReplay>): Agent {
  return {
    name: 'replay',
    solve: async (context): Promise<AgentOutcome> => {
      const sandbox = await context.sandbox();
      const actions = recording.filter(
        ({ taskId }) => taskId === null || taskId === context.task.taskId,
      );
      for (const { action } of actions) {
        if (action.action === 'submit') break;
        await perform(action, sandbox, context);
      }
      return ended('submitted');
    },
  };
}

async function perform(
  action: Exclude<ReplayAction, { action: 'submit' }>,
  sandbox: Sandbox,
  { record, signal }: AgentContext,
): Promise<void> {
  const started = performance.now();
  const { action: tool, ...args } = action;
  const done = async (ok: boolean, output: string): Promise<void> => {
    await record({
      kind: 'tool',
      call_id: '',
      tool,
      arguments: args,
      ok,
      output,
      output_bytes: Buffer.byteLength(output),
      duration_s: (performance.now() - started) / 1000,
      changesFiles: true,
    });
  };
  if (action.action === 'write_file') {
    const path = action.path.startsWith('/') ? action.path : `${sandbox.workdir}/${action.path}`;
    await sandbox.writeFile(path, action.content, { signal });
    await done(true, `wrote ${action.path}`);
    return;
  }
  const exec = await sandbox.exec(['/bin/sh', '-c', action.command], {
    timeoutMs: action.timeout_s * 1000,
    outputLimitBytes: 64 * 1024,
    signal,
  });
  const end = exec.cause === 'exited' ? `exit code ${String(exec.exitCode)}` : exec.cause;
  const output = [exec.stdout, exec.stderr].map((bytes) => Buffer.from(bytes).toString('utf8'));
  await done(exec.cause === 'exited' && exec.exitCode === 0, `${output.join('')}[${end}]`);
}
