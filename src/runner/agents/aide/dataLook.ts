import * as z from 'zod';
import { RunnerError } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import { agentFolders } from '../../benchmarks/mle/layout';
import lookAtDataProgram from './sandboxed/look_at_data.py';

const lookMs = 120_000;

const lookSchema = z.object({
  python: z.string(),
  packages: z.array(z.string()),
  preview: z.string(),
});

/** What there is to work with, in words for a model. */
export interface DataLook {
  /** Python and its packages. */
  readonly machine: string;
  /** Files, and of tables their columns. */
  readonly preview: string;
}

/**
 * Looks at the data and at the Python of a sandbox.
 *
 * @throws `image-unsuitable` where there is no Python that solutions could run with
 */
export async function lookAtData(
  sandbox: Sandbox,
  { signal }: { readonly signal: AbortSignal },
): Promise<DataLook> {
  const exec = await sandbox.exec(['python3', '-I', '-c', lookAtDataProgram, agentFolders.data], {
    cwd: '/',
    timeoutMs: lookMs,
    signal,
  });
  if (exec.exitCode === 126 || exec.exitCode === 127)
    throw new RunnerError(
      'image-unsuitable',
      'There is no python3 in the sandbox, which the programs of this agent need. Choose another image (mle.image).',
    );
  if (exec.cause !== 'exited' || exec.exitCode !== 0)
    return { machine: 'Python 3', preview: 'The data could not be looked at beforehand.' };
  const text = Buffer.from(exec.stdout).toString('utf8');
  const { python, packages, preview } = lookSchema.parse(JSON.parse(text));
  const installed = packages.length === 0 ? 'none but its standard library' : packages.join(', ');
  return { machine: `Python ${python} with these packages: ${installed}`, preview };
}
