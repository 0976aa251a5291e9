import { expect, test } from 'vitest';
import { extract, pack } from 'tar-stream';
import type { Header } from 'tar-stream';
import type { Sandbox } from '../../../src/runner/sandbox/sandbox';
import { never } from '../../support/temp';
import { mib, sh, sha256, text } from './setup';

const signal = never;

type Entry = Partial<Header> & { readonly name: string };

async function tarOf(entries: readonly (Entry & { readonly content?: string })[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of entries) archive.entry(header, content ?? '');
  archive.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of archive) parts.push(part as Uint8Array); // tar-stream's packs are untyped streams
  return Buffer.concat(parts);
}

async function namesIn(archive: Uint8Array): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const entries = extract();
  entries.end(archive);
  for await (const entry of entries) {
    const parts: Uint8Array[] = [];
    for await (const part of entry) parts.push(part as Uint8Array); // tar-stream's entries are untyped streams
    found[entry.header.name] =
      entry.header.type === 'file' ? text(Buffer.concat(parts)) : entry.header.type;
  }
  return found;
}

/** What the file operations promise. */
export function fileContract(box: () => Sandbox): void {
  test('a file is written and read back byte for byte, its folders made', async () => {
    const data = Buffer.from(Array.from({ length: 2 * mib }, (_, index) => (index * 31) % 256));
    await box().writeFile('deep/er/data.bin', data, { signal });
    expect(sha256(await box().readFile('deep/er/data.bin', { signal }))).toBe(sha256(data));
  });

  test('text is written as UTF-8, an empty file is empty', async () => {
    await box().writeFile('/tmp/text.txt', 'ü 日本', { signal });
    expect(text(await box().readFile('/tmp/text.txt', { signal }))).toBe('ü 日本');
    await box().writeFile('/tmp/text.txt', '', { signal });
    expect(await box().readFile('/tmp/text.txt', { signal })).toHaveLength(0);
  });

  test('a written file belongs to the user that runs commands', async () => {
    await box().writeFile('mine', 'x', { signal });
    expect(
      (await sh(box(), 'test "$(stat -c %u mine)" = "$(id -u)" && echo x >> mine && cat mine')).out,
    ).toBe('xx\n');
  });

  test('writing replaces a link instead of writing through it', async () => {
    await sh(box(), 'echo precious > target; ln -sf target link');
    await box().writeFile('link', 'new', { signal });
    expect((await sh(box(), 'cat target; test -h link || echo plain')).out).toBe(
      'precious\nplain\n',
    );
  });

  test('writing where it is not allowed is refused', async () => {
    await expect(box().writeFile('/proc/benchyard', 'x', { signal })).rejects.toMatchObject({
      name: 'RunnerError',
    });
    await sh(box(), 'mkdir -p a-folder');
    await expect(box().writeFile('a-folder', 'x', { signal })).rejects.toMatchObject({
      code: 'invalid-config',
    });
  });

  test('reading a missing file is not-found', async () => {
    await expect(box().readFile('missing', { signal })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(box().readFile('mine/below', { signal })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('reading a file that may not be read is refused', async () => {
    await sh(box(), 'echo x > locked; chmod 000 locked');
    await expect(box().readFile('locked', { signal })).rejects.toMatchObject({
      code: 'invalid-config',
    });
  });

  test('reading a folder, a device or a socket is refused', async () => {
    await sh(box(), 'python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\'sock\')"');
    for (const path of ['.', '/dev/zero', 'sock']) {
      await expect(box().readFile(path, { signal })).rejects.toMatchObject({
        code: 'invalid-config',
      });
    }
  });

  test('reading does not follow a link at the end of the path', async () => {
    await sh(box(), 'ln -sf /etc/passwd trap');
    await expect(box().readFile('trap', { signal })).rejects.toMatchObject({
      code: 'invalid-config',
    });
  });

  test('reading a FIFO does not hang', async () => {
    await sh(box(), 'mkfifo pipe');
    await expect(box().readFile('pipe', { signal })).rejects.toMatchObject({
      code: 'invalid-config',
    });
  });

  test('reading more than allowed is refused', async () => {
    await sh(box(), 'head -c 5000 /dev/zero > big');
    await expect(box().readFile('big', { signal, maxBytes: 4999 })).rejects.toMatchObject({
      code: 'invalid-config',
    });
    expect(await box().readFile('big', { signal, maxBytes: 5000 })).toHaveLength(5000);
  });

  test('file operations are cancelled with the reason', async () => {
    const reason = new Error('no');
    const aborted = { signal: AbortSignal.abort(reason) };
    await expect(box().readFile('big', aborted)).rejects.toBe(reason);
    await expect(box().writeFile('never', 'x', aborted)).rejects.toBe(reason);
    await expect(box().copyOut('.', aborted)).rejects.toBe(reason);
  });

  test('an archive is unpacked with modes and links, for the user that runs commands', async () => {
    const tar = await tarOf([
      { name: 'folder/', type: 'directory', mode: 0o755 },
      { name: 'folder/run.sh', mode: 0o755, uid: 77, gid: 77, content: '#!/bin/sh\necho ran\n' },
      { name: 'folder/plain', mode: 0o644, content: 'text' },
      { name: 'folder/link', type: 'symlink', linkname: 'plain' },
      { name: './dot', content: 'dot' },
    ]);
    await box().copyIn('in', tar, { signal });
    const script =
      'cd in; ./folder/run.sh; cat folder/link dot; test "$(stat -c %u folder/run.sh)" = "$(id -u)" && echo mine';
    expect((await sh(box(), script)).out).toBe('ran\ntextdotmine\n');
  });

  test('an archive may come as a stream', async () => {
    const tar = await tarOf([{ name: 'streamed', content: 'x'.repeat(5 * mib) }]);
    const parts = async function* (): AsyncIterable<Uint8Array> {
      for (let start = 0; start < tar.length; start += 100_001) {
        yield await Promise.resolve(tar.subarray(start, start + 100_001));
      }
    };
    await box().copyIn('in', parts(), { signal });
    expect((await sh(box(), 'wc -c < in/streamed; rm in/streamed')).out.trim()).toBe(
      String(5 * mib),
    );
  });

  test('an error of the stream is the error of unpacking', async () => {
    const broken = new Error('source broke');
    const parts = async function* (): AsyncIterable<Uint8Array> {
      yield await Promise.resolve(new Uint8Array(512));
      throw broken;
    };
    await expect(box().copyIn('in', parts(), { signal })).rejects.toBe(broken);
    expect((await sh(box(), 'echo on')).out).toBe('on\n');
  });

  test('an archive that names places outside is refused', async () => {
    for (const name of ['../outside', '/tmp/absolute', 'a/../../b']) {
      const tar = await tarOf([{ name, content: 'x' }]);
      await expect(box().copyIn('in', tar, { signal })).rejects.toMatchObject({
        code: 'invalid-config',
      });
    }
    expect((await sh(box(), 'ls outside /tmp/absolute b 2>/dev/null')).out).toBe('');
  });

  test('what is no archive is refused', async () => {
    await expect(box().copyIn('in', Buffer.alloc(2000, 65), { signal })).rejects.toMatchObject({
      code: 'invalid-config',
    });
  });

  test('files and folders come out, links and special files do not', async () => {
    const script = [
      'mkdir -p out/sub out/empty',
      'echo a > out/a; echo b > out/sub/b; echo odd > "out/..odd name"',
      'ln -s /etc/passwd out/evil; ln -s / out/root; ln -s ../.. out/sub/up; mkfifo out/fifo',
      'echo c > "out/c\\\\..\\\\d"',
    ].join('; ');
    await sh(box(), script);
    expect(await namesIn(await box().copyOut('out', { signal }))).toEqual({
      a: 'a\n',
      '..odd name': 'odd\n',
      'sub/': 'directory',
      'sub/b': 'b\n',
      'empty/': 'directory',
    });
  });

  test('what comes out can go in again', async () => {
    const archive = await box().copyOut('out', { signal });
    await box().copyIn('again', archive, { signal });
    expect((await sh(box(), 'cat again/a again/sub/b')).out).toBe('a\nb\n');
  });

  test('copying out more than allowed is refused', async () => {
    await sh(box(), 'mkdir -p large; head -c 100000 /dev/zero > large/file');
    await expect(box().copyOut('large', { signal, maxBytes: 50_000 })).rejects.toMatchObject({
      code: 'invalid-config',
    });
  });

  test('copying out a sparse giant is refused before it is read', async () => {
    await sh(box(), 'mkdir -p giant; truncate -s 1T giant/file');
    await expect(box().copyOut('giant', { signal })).rejects.toMatchObject({
      code: 'invalid-config',
    });
    await sh(box(), 'rm -r giant');
  });

  test('copying out a missing folder, a file or a link to a folder is not-found', async () => {
    await sh(box(), 'ln -sfn / to-root');
    for (const path of ['nowhere', 'mine', 'to-root']) {
      await expect(box().copyOut(path, { signal })).rejects.toMatchObject({ code: 'not-found' });
    }
  });
}
