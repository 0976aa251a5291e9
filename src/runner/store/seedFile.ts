import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { diskError, isNotFound } from './files';

/**
 * Adds a row to a seed file, which is made when it is not there. A local repository is named relative to the file, so
 * that both can be moved together.
 */
export async function addSeedRow(
  file: string,
  row: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { repo } = row;
  const local = typeof repo === 'string' && path.isAbsolute(repo);
  const named = local ? { ...row, repo: path.relative(path.dirname(file), repo) || '.' } : row;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const before = await lastCharacter(file);
    const gap = before === '' || before === '\n' ? '' : '\n';
    await appendFile(file, `${gap}${JSON.stringify(named)}\n`);
  } catch (error) {
    throw diskError(error, file);
  }
}

async function lastCharacter(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).slice(-1);
  } catch (error) {
    if (isNotFound(error)) return '';
    throw error;
  }
}
