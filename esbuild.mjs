// Builds dist/extension.js, dist/cli.js and the core that both load lazily (dist/runner.js); with --tests also the tests
// that run inside VS Code (dist/test) and the programs that start it (dist/scripts).
import { build, context } from 'esbuild';
import { chmod, cp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleOptions, sdkOptions, webviewOptions } from './scripts/bundleOptions.mjs';
import { writeDeclarations } from './scripts/declarations.mjs';
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

/** The HTTP server and its framework, in the same way. */
const serverIsItsOwnBundle = {
  name: 'server-bundle',
  setup({ onResolve }) {
    onResolve({ filter: /(^|\/)server\/index$/ }, (args) =>
      args.kind === 'entry-point' ? undefined : { path: './server.js', external: true },
    );
  },
};

/** The client of Kubernetes's API, in the same way, for the core: only runs on such a cluster load it. */
const kubernetesIsItsOwnBundle = {
  name: 'kubernetes-bundle',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/client\/index$/ }, ({ importer }) =>
      importer.includes('kubernetes') ? { path: './kubernetes.js', external: true } : undefined,
    );
  },
};

/** zod, which every bundle needs, stands once in the package; as a whole it takes a third of what its parts took in each. */
const zodIsItsOwnBundle = {
  name: 'zod-bundle',
  setup({ onResolve }) {
    onResolve({ filter: /^zod(\/v4)?$/ }, (args) =>
      args.kind === 'entry-point' ? undefined : { path: './zod.js', external: true },
    );
  },
};

/** An extension that the tests inside VS Code need beside ours. */
const scriptedModels = 'fixtures/scripted-models/package.json';

const alone = bundleOptions({ production });
const common = { ...alone, plugins: [...alone.plugins, zodIsItsOwnBundle] };

const targets = [
  { ...alone, entryPoints: ['zod'], outfile: 'dist/zod.js' },
  {
    ...common,
    entryPoints: ['src/runner/index.ts'],
    outfile: 'dist/runner.js',
    plugins: [...common.plugins, kubernetesIsItsOwnBundle],
  },
  {
    ...alone,
    entryPoints: ['src/runner/engines/kubernetes/client/index.ts'],
    outfile: 'dist/kubernetes.js',
  },
  {
    ...common,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    external: [...common.external, 'vscode'],
    plugins: [...common.plugins, runnerIsItsOwnBundle, serverIsItsOwnBundle],
  },
  {
    // `vscode` is deliberately not external: reaching it from the command line breaks the build.
    ...common,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/cli.js',
    banner: { js: '#!/usr/bin/env node' },
    plugins: [...common.plugins, runnerIsItsOwnBundle, mcpIsItsOwnBundle, serverIsItsOwnBundle],
  },
  { ...common, entryPoints: ['src/mcp/index.ts'], outfile: 'dist/mcp.js' },
  { ...common, entryPoints: ['src/server/index.ts'], outfile: 'dist/server.js' },
  // The client of the server, which other people's programs import: `benchyard/sdk`.
  ...sdkOptions(),
  webviewOptions({ production }),
];
/** What a package holds; the tests' own bundles come after. */
const shipped = targets.length;

if (withTests) {
  targets.push({
    ...alone,
    entryPoints: ['setup', 'webRunner', 'runIntegration', 'try'].map(
      (name) => `scripts/vscode/${name}.ts`,
    ),
    outdir: 'dist/scripts',
    external: [...alone.external, 'playwright-core', '@vscode/test-electron'],
    banner: { js: '#!/usr/bin/env node' },
  });
  targets.push({
    ...alone,
    entryPoints: (await readdir('test/integration', { recursive: true }))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.join('test/integration', file)),
    outdir: 'dist/test',
    outbase: 'test/integration',
    external: [...alone.external, 'vscode', 'mocha'],
  });
}

if (watch) {
  for (const target of targets) await (await context(target)).watch();
} else {
  await rm('dist', { recursive: true, force: true });
  const built = await Promise.all(targets.map((target) => build({ ...target, metafile: true })));
  const notices = await thirdPartyNotices(built.slice(0, shipped).map(({ metafile }) => metafile));
  await writeFile('dist/ThirdPartyNotices.txt', notices);
  await writeDeclarations('src/sdk', 'dist/sdk');
  await chmod('dist/cli.js', 0o755);
  // An extension is a folder with its manifest.
  if (withTests) await cp(`test/integration/${scriptedModels}`, `dist/test/${scriptedModels}`);
  // Takes the place of VS Code's own executable.
  if (withTests) await chmod('dist/scripts/webRunner.js', 0o755);
}
