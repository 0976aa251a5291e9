import { nodeHost } from '../../../src/nodeHost';
import { createDockerProvider } from '../../../src/runner/sandbox/docker';
import { never } from '../../support/temp';
import { limits, worldOf } from './setup';

// A process for tests to kill: opens a sandbox, tells its id, and waits in the middle of a command.
const [folder = '', image = '', mode = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  const host = nodeHost({ cwd: folder, cacheDir: folder });
  const provider = await createDockerProvider(host);
  const world = worldOf(host, provider, { name: image, digest: image, note: null });
  const box = await world.open({ limits });
  await box.writeFile('found', 'here', { signal: never });
  if (mode === 'keep') await box.keep({ signal: never });
  console.log(box.id);
  await box.exec(['sleep', '600'], { timeoutMs: 600_000, signal: never });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
