import { stat } from 'node:fs/promises';
import path from 'node:path';
import { listFiles, PackageManager } from '@vscode/vsce';
import { describe, expect, test } from 'vitest';
import { packageExtension, root } from './vscode';

const MIB = 1024 * 1024;

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
    const sources = /\.map$|^media\/readme\/|^samples\/src\//;
    expect(files.filter((file) => sources.test(file))).toEqual([]);
  });
});
