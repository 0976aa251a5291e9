import * as z from 'zod';
import { toolParameters } from '../../../model';
import type { Tool } from '../../../agents/tool';
import { endOf } from '../../../agents/tools/sandboxCalls';
import type { RepositoryTask } from '../../../model';
import type { ExecResult } from '../../../sandbox/sandbox';
import { shellArgv } from '../../../sandbox/shellArgv';
import { testEnvironment } from '../runTests';
import { tailOf } from '../shell';
import type { SweToolOptions } from './index';
import { toolStage } from './toolStage';

const parameters = z.object(toolParameters.swe_pytest);

/** What varies from run to run and tells nothing: a trial that is repeated is to see the same. */
const times = / in \d+\.\d+s(?: \(\d+:\d\d:\d\d\))?(?= =*$)/gm;

/** Runs the tests that are in the repository, as its author would, under the limit of the pipeline's test stage. */
export function pytestTool({
  task,
  sandbox,
  limits,
}: Pick<SweToolOptions, 'task' | 'sandbox' | 'limits'>): Tool<typeof parameters> {
  return {
    name: 'swe_pytest',
    description: `Runs the repository's tests and returns what they print. It is stopped after ${String(limits.test)} s. These are the tests that you can see; what you hand in is judged by others as well.`,
    parameters,
    changesFiles: true,
    async call({ paths, k }, { signal }) {
      const stage = toolStage(limits.test, signal);
      const own = paths.length === 0 && k === undefined;
      const exec = await stage.exec(sandbox, own ? ownArgv(task) : pytestArgv(k, paths), {
        // The task's own selection comes by the environment where its command is not ours.
        env: testEnvironment(own ? task : { ...task, testCommand: null }),
        outputLimitBytes: 4 * 1024 * 1024,
      });
      const output = Buffer.from(exec.stdout).toString('utf8').trimEnd();
      const dropped = exec.droppedBytes.stdout;
      const end = `${dropped > 0 ? `${String(dropped)} more bytes were not kept; ` : ''}${endOfTests(exec, limits.test)}`;
      return {
        ok: exec.cause === 'exited',
        text: `${output.replace(times, '')}\n[${end}]`,
        testTail: tailOf(output),
      };
    },
  };
}

function ownArgv({ testCommand, pytestK }: RepositoryTask): readonly string[] {
  if (testCommand !== null) return shellArgv(`exec 2>&1\n${testCommand}`);
  return pytestArgv(pytestK ?? undefined, []);
}

function pytestArgv(k: string | undefined, paths: readonly string[]): readonly string[] {
  return shellArgv('exec "$@" 2>&1', 'pytest', ...(k === undefined ? [] : ['-k', k]), ...paths);
}

function endOfTests(exec: ExecResult, limitS: number): string {
  const end = endOf(exec, limitS * 1000);
  return end === null ? 'the tests passed' : `${end}${meanings.get(exec.exitCode) ?? ''}`;
}

/** https://docs.pytest.org/en/stable/reference/exit-codes.html */
const meanings: ReadonlyMap<number | null, string> = new Map([
  [1, ': tests failed'],
  [2, ': interrupted, often by an error while collecting'],
  [4, ': pytest was used wrongly'],
  [5, ': no tests were collected'],
]);
