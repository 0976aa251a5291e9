import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from './docker';

const fileCount = 200;
const commitCount = 3000;
const linesPerFile = 150;

/** Numbers that are the same everywhere (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A history for `git fast-import`: every commit rewrites one line of a few files, as most real ones do. */
function* fastImportStream(): Generator<string> {
  const random = randomNumbers(1);
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const line = (): string =>
    `    value_${String(upTo(1e6))} = compute(${String(upTo(1e6))}, option_${String(upTo(100))})`;
  const files = Array.from({ length: fileCount }, (_, index) => ({
    name: `package/part_${String(index % 12)}/module_${String(index)}.py`,
    lines: Array.from({ length: linesPerFile }, line),
  }));
  for (let commit = 0; commit < commitCount; commit += 1) {
    const message = `Change ${String(commit)}`;
    yield `commit refs/heads/main\ncommitter A <a@example.org> ${String(1e9 + commit * 3600)} +0000\n`;
    yield `data ${String(message.length)}\n${message}\n`;
    const touched =
      commit === 0 ? files : Array.from({ length: 1 + upTo(3) }, () => files[upTo(fileCount)]);
    for (const file of touched) {
      if (file === undefined) continue;
      if (commit > 0) file.lines[upTo(linesPerFile)] = line();
      const content = `${file.lines.join('\n')}\n`;
      yield `M 100644 inline ${file.name}\ndata ${String(content.length)}\n${content}\n`;
    }
  }
}

/** A repository of the size of a common Python library, the same wherever it is made. Made once. */
export async function generatedRepository(cacheDir: string): Promise<string> {
  const folder = path.join(cacheDir, 'generated-repository.git');
  const made = await stat(folder).then(
    () => true,
    () => false,
  );
  if (made) return folder;
  await mkdir(cacheDir, { recursive: true });
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await runProgram('git', ['init', '-q', '--bare', '--initial-branch=main', unfinished]);
  const input = [...fastImportStream()].join('');
  await runProgram('git', ['-C', unfinished, 'fast-import', '--quiet'], { input });
  await runProgram('git', ['-C', unfinished, 'repack', '-adfq']);
  await rename(unfinished, folder);
  return folder;
}
