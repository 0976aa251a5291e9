import { nodeHost } from '../../src/nodeHost';
import { downloadCompetition } from '../../src/runner/benchmarks/mle/kaggle/downloadCompetition';

/** A process of its own that downloads a competition: `kaggleWorker SLUG FOLDER`. Says what it is told. */
async function main([slug = '', folder = '']: readonly string[]): Promise<void> {
  await downloadCompetition(slug, {
    host: nodeHost(),
    folder,
    checksums: {},
    signal: new AbortController().signal,
    onProgress: (line) => {
      console.log(line);
    },
  });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
