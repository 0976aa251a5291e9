// `npm run test:real -- --repositories DIR [--tasks FILE] [--filter TEXT] [--repeat N] [--no-agent]`: real instances of
// SWE-bench in real Docker, where their repositories are at hand.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { bundleOptions } from '../../scripts/bundleOptions.mjs';

const outfile = 'test/.cache/real/real.js';
await build({
  ...bundleOptions(),
  logLevel: 'warning',
  entryPoints: ['test/real/main.ts'],
  outfile,
});
const { status } = spawnSync(
  process.execPath,
  ['--enable-source-maps', outfile, ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
