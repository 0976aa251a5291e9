import { devNull } from 'node:os';
import type { GitOptions } from '../git';
import { git } from '../git';
import type { Host } from '../host';

/** Nobody's configuration has a say in trees: colours, signatures, ignored revisions. */
const env = { GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: '1' };

/** Runs git on a directory of trees. @returns stdout, byte for byte */
export async function treeGit(
  host: Host,
  args: readonly string[],
  { gitDir, ...options }: Omit<GitOptions, 'env'> & { readonly gitDir: string },
): Promise<Buffer> {
  const output = await git(host, ['--git-dir', gitDir, '--literal-pathspecs', ...args], {
    ...options,
    env,
  });
  return Buffer.from(output.buffer, output.byteOffset, output.byteLength);
}
