import { execFileSync } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { listFiles, PackageManager } from '@vscode/vsce';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { packageExtension, root } from './vscode';

const MIB = 1024 * 1024;
const packSchema = z.tuple([z.object({ files: z.array(z.object({ path: z.string() })) })]);

describe('the packaged extension', () => {
  test('is small enough to install without a thought', async () => {
    expect((await stat(await packageExtension())).size).toBeLessThan(1.5 * MIB);
  });

  test('holds what runs and what is read, and nothing of the workshop', async () => {
    const files = await listFiles({ cwd: root, packageManager: PackageManager.None });
    const folders = new Set(files.map((file) => file.split(path.posix.sep)[0]));
    expect(files).toContain('dist/extension.js');
    expect(files).toContain('dist/runner.js');
    expect(files).toContain('dist/mcp.js');
    expect(files).toContain('dist/webview/trajectory.js');
    expect(files).toContain('dist/webview/trajectory.css');
    expect(files).toContain('LICENSE');
    expect(files).toContain('dist/ThirdPartyNotices.txt');
    for (const workshop of ['src', 'test', 'scripts', 'node_modules', '.ci', 'runs', 'sandbox']) {
      expect(folders).not.toContain(workshop);
    }
    await assertWhole(files);
    const sources = /\.map$|^media\/readme\/|^samples\/src\//;
    expect(files.filter((file) => sources.test(file))).toEqual([]);
  });

  test('is whole for Node.js as well', async () => {
    const listing = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
    });
    const [{ files }] = packSchema.parse(JSON.parse(listing));
    const paths = files.map((file) => file.path);
    expect(paths).toEqual(
      expect.arrayContaining(['dist/cli.js', 'dist/sdk.js', 'sdk/python/sdk.py']),
    );
    await assertWhole(paths);
  });
});

/** What a bundle loads when it is needed comes with it. */
async function assertWhole(files: readonly string[]): Promise<void> {
  const bundles = files.filter((file) => /^dist\/\w+\.js$/.test(file));
  for (const bundle of bundles) {
    const code = await readFile(path.join(root, bundle), 'utf8');
    for (const [, name] of code.matchAll(/require\("\.\/(\w+\.js)"\)/g))
      expect(files, bundle).toContain(`dist/${name}`);
  }
}
