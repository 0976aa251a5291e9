import type { RunConfigInput } from '../runner/model';

/** What `--config` names. The core, which reads it, is loaded only when there is one. */
export async function readConfig(file: string | undefined, cwd: string): Promise<RunConfigInput> {
  if (file === undefined) return {};
  const { readConfigFile } = await import('../runner/index');
  return await readConfigFile(file, cwd);
}
