// Writes media/runConfig.schema.json, which package.json contributes for benchyard.config.json, from the zod schema.
import { build } from 'esbuild';
import { writeFile } from 'node:fs/promises';
import { format } from 'prettier';

const { outputFiles } = await build({
  entryPoints: ['src/runner/model/runConfig.ts'],
  bundle: true,
  write: false,
  format: 'esm',
});
const code = Buffer.from(outputFiles[0].contents).toString('base64');
const { runConfigJsonSchema } = await import(`data:text/javascript;base64,${code}`);
const schema = { title: 'Benchyard run config', ...runConfigJsonSchema() };
await writeFile(
  'media/runConfig.schema.json',
  await format(JSON.stringify(schema), { parser: 'json', singleQuote: true, printWidth: 100 }),
);
