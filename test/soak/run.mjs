// `npm run soak [-- --trials N --seconds S --seed N …]`: bundles the soak test and the worker that it kills as the product is
// bundled, and runs it.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { bundleOptions } from '../../scripts/bundleOptions.mjs';

const folder = 'test/.cache/soak';
for (const [entry, name] of [
  ['test/soak/main.ts', 'soak.js'],
  ['test/support/runWorker.ts', 'worker.js'],
])
  await build({
    ...bundleOptions(),
    logLevel: 'warning',
    entryPoints: [entry],
    outfile: `${folder}/${name}`,
    external: ['cpu-features', '*.node'],
  });
const { status } = spawnSync(
  process.execPath,
  ['--enable-source-maps', `${folder}/soak.js`, ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
