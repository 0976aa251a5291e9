import PQueue from 'p-queue';
import { nodeHost } from '../../src/nodeHost';
import { createDockerProvider } from '../../src/runner/sandbox/docker';

/** A process of its own that needs images one after the other, two at a time: `pullWorker CACHE BUDGET NAME…`. */
async function main([cacheDir = '', budget = '', ...names]: readonly string[]): Promise<void> {
  const signal = new AbortController().signal;
  await using provider = await createDockerProvider(nodeHost({ cacheDir, cwd: cacheDir }), {
    images: { budgetBytes: Number(budget) },
  });
  const trials = new PQueue({ concurrency: 2 });
  const needed = names.map((image) =>
    trials.add(async () => {
      const source = { kind: 'image', image } as const;
      const found = await provider.resolveImage(source, { signal, onProgress: () => undefined });
      provider.releaseImage(found);
    }),
  );
  await Promise.all(needed);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
