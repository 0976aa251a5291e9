import { extract } from 'tar-stream';

/**
 * Throws unless every entry of an archive is a file or folder whose name stays below the place where it is unpacked.
 * For archives that come out of a sandbox, where hostile code may have had a hand in them.
 */
export async function assertSafeTar(archive: Uint8Array): Promise<void> {
  const entries = extract();
  const done = (async () => {
    for await (const entry of entries) {
      const { name, type } = entry.header;
      if (type !== 'file' && type !== 'directory') throw new Error(`${name} is a ${type}`);
      const parts = name.split(/[/\\]/);
      if (parts.includes('..') || parts[0] === '' || /^[A-Za-z]:/.test(name) || name.includes('\0'))
        throw new Error(`${name} leads outside`);
      entry.resume();
    }
  })();
  entries.end(archive);
  await done;
}
