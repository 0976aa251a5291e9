// `npm run bench [-- NAME …] [--rounds N] [--repository PATH]`: bundles the benchmarks as the product is bundled, since
// that is what is measured, and runs them.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { bundleOptions } from '../../scripts/bundleOptions.mjs';

const outfile = 'test/.cache/bench/bench.js';
await build({
  ...bundleOptions(),
  logLevel: 'warning',
  entryPoints: ['test/bench/main.ts'],
  outfile,
  external: ['cpu-features', '*.node', 'playwright-core'],
});
const { status } = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--expose-gc', outfile, ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
