// Builds dist/extension.js, dist/cli.js and the core that both load lazily (dist/runner.js); with --tests also the tests
// that run inside VS Code (dist/test) and the programs that start it (dist/scripts).
import { build, context } from 'esbuild';
import { chmod, cp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleOptions, webviewOptions } from './scripts/bundleOptions.mjs';
import { thirdPartyNotices } from './scripts/thirdPartyNotices.mjs';

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
const withTests = process.argv.includes('--tests');

/**
 * Faces reach the core with `await import('…/runner/index')`; this turns that import into `require('./runner.js')`,
 * so that activating the extension or printing the command line's help does not evaluate the core or an SDK.
 */
const runnerIsItsOwnBundle = {
  name: 'runner-bundle',
  setup({ onResolve }) {
    onResolve({ filter: /(^|\/)runner\/index$/ }, (args) =>
      args.kind === 'entry-point' ? undefined : { path: './runner.js', external: true },
    );
  },
};

/** The MCP server and its SDK, in the same way. */
const mcpIsItsOwnBundle = {
  name: 'mcp-bundle',
  setup({ onResolve }) {
    onResolve({ filter: /(^|\/)mcp\/index$/ }, (args) =>
      args.kind === 'entry-point' ? undefined : { path: './mcp.js', external: true },
    );
  },
};

/** An extension that the tests inside VS Code need beside ours. */
const scriptedModels = 'fixtures/scripted-models/package.json';

const common = bundleOptions({ production });

const targets = [
  { ...common, entryPoints: ['src/runner/index.ts'], outfile: 'dist/runner.js' },
  {
    ...common,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    external: [...common.external, 'vscode'],
    plugins: [runnerIsItsOwnBundle],
  },
  {
    // `vscode` is deliberately not external: reaching it from the command line breaks the build.
    ...common,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/cli.js',
    banner: { js: '#!/usr/bin/env node' },
    plugins: [runnerIsItsOwnBundle, mcpIsItsOwnBundle],
  },
  { ...common, entryPoints: ['src/mcp/index.ts'], outfile: 'dist/mcp.js' },
  webviewOptions({ production }),
];
/** What a package holds; the tests' own bundles come after. */
const shipped = targets.length;

if (withTests) {
  targets.push({
    ...common,
    entryPoints: ['setup', 'webRunner', 'runIntegration', 'try'].map(
      (name) => `scripts/vscode/${name}.ts`,
    ),
    outdir: 'dist/scripts',
    external: [...common.external, 'playwright-core', '@vscode/test-electron'],
    banner: { js: '#!/usr/bin/env node' },
  });
  targets.push({
    ...common,
    entryPoints: (await readdir('test/integration', { recursive: true }))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.join('test/integration', file)),
    outdir: 'dist/test',
    outbase: 'test/integration',
    external: [...common.external, 'vscode', 'mocha'],
  });
}

if (watch) {
  for (const target of targets) await (await context(target)).watch();
} else {
  await rm('dist', { recursive: true, force: true });
  const built = await Promise.all(targets.map((target) => build({ ...target, metafile: true })));
  const notices = await thirdPartyNotices(built.slice(0, shipped).map(({ metafile }) => metafile));
  await writeFile('dist/ThirdPartyNotices.txt', notices);
  await chmod('dist/cli.js', 0o755);
  // An extension is a folder with its manifest.
  if (withTests) await cp(`test/integration/${scriptedModels}`, `dist/test/${scriptedModels}`);
  // Takes the place of VS Code's own executable.
  if (withTests) await chmod('dist/scripts/webRunner.js', 0o755);
}
