// Writes what package.json says of the core's schemas: media/runConfig.schema.json, which it contributes for
// benchyard.config.json, and its language-model tools.
import { build } from 'esbuild';
import { readFile, writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { bundleOptions } from './bundleOptions.mjs';

async function load(entry) {
  const { outputFiles } = await build({
    ...bundleOptions(),
    entryPoints: [entry],
    write: false,
    format: 'esm',
    sourcemap: false,
    logLevel: 'error',
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}

const { runConfigJsonSchema } = await load('src/runner/model/runConfig.ts');
await writeFile(
  'media/runConfig.schema.json',
  await format(JSON.stringify({ title: 'Benchyard run config', ...runConfigJsonSchema() }), {
    parser: 'json',
    singleQuote: true,
    printWidth: 100,
  }),
);

const { toolContributions } = await load('src/agentTools/index.ts');
const manifest = JSON.parse(await readFile('package.json', 'utf8'));
manifest.contributes.languageModelTools = toolContributions();
await writeFile('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
