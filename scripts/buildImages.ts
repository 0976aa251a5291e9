// `npm run setup:images`: the built-in environments that tests run in, in each sandbox of this machine, so that they are
// there when they are needed. What cannot be had here says so, and is tried again by the tests that need it.
import { nodeHost } from '../src/nodeHost';
import { builtInImages } from '../src/runner/sandbox/builtInImages';
import { chooseProvider } from '../src/runner/sandbox/providers';

const options = {
  signal: AbortSignal.timeout(1_200_000),
  onProgress: (line: string) => {
    console.error(line);
  },
};

async function buildIn(sandbox: 'docker' | 'bubblewrap'): Promise<void> {
  await using provider = await chooseProvider(sandbox, nodeHost(), options);
  for (const { name } of builtInImages)
    await provider.resolveImage({ kind: 'image', image: name }, options);
}

async function main(): Promise<void> {
  // Both need the same files, which are made once.
  for (const sandbox of ['docker', 'bubblewrap'] as const)
    await buildIn(sandbox).catch((error: unknown) => {
      console.error(`${sandbox}: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    });
}

void main();
