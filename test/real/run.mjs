// `npm run test:real -- programs [--only humaneval|codecontests]`: real programs against other judges' verdicts;
// `npm run test:real -- --repositories DIR [--tasks FILE] [--filter TEXT] [--repeat N] [--no-agent]`: real instances of
// SWE-bench in real Docker, where their repositories are at hand.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { bundleOptions } from '../../scripts/bundleOptions.mjs';

const [first, ...others] = process.argv.slice(2);
const [entry, args] = first === 'programs' ? ['programs', others] : ['main', process.argv.slice(2)];
const outfile = `test/.cache/real/${entry}.js`;
await build({
  ...bundleOptions(),
  logLevel: 'warning',
  entryPoints: [`test/real/${entry}.ts`],
  outfile,
});
const { status } = spawnSync(process.execPath, ['--enable-source-maps', outfile, ...args], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
