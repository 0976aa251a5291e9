import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { assertSafeTar } from '../../../src/runner/sandbox/safeTar';

async function tarOf(entry: Parameters<ReturnType<typeof pack>['entry']>[0]): Promise<Buffer> {
  const archive = pack();
  archive.entry(entry, '');
  archive.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of archive) parts.push(part as Uint8Array); // tar-stream's packs are untyped streams
  return Buffer.concat(parts);
}

describe('an archive out of a sandbox', () => {
  test.each(['a', 'a/b c', './a', '..a', 'a..', 'ü/日本', 'x'.repeat(300)])(
    'may hold %s',
    async (name) => {
      await expect(assertSafeTar(await tarOf({ name }))).resolves.toBeUndefined();
    },
  );

  test.each(['../a', 'a/../../b', '/etc/passwd', 'a/..', 'a\\..\\..\\b', 'C:\\x', 'C:x'])(
    'may not name %s',
    async (name) => {
      await expect(assertSafeTar(await tarOf({ name }))).rejects.toThrow(/outside/);
    },
  );

  test.each(['symlink', 'link', 'fifo', 'character-device'] as const)(
    'may not hold a %s',
    async (type) => {
      await expect(assertSafeTar(await tarOf({ name: 'x', type, linkname: 'y' }))).rejects.toThrow(
        /is a/,
      );
    },
  );

  test('must be whole', async () => {
    const archive = await tarOf({ name: 'a', size: 0 });
    await expect(assertSafeTar(archive.subarray(0, 300))).rejects.toThrow();
  });
});
