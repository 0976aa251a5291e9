import path from 'node:path';
import { JsonLinesWriter } from './files';

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
  const rows = new JsonLinesWriter(file);
  try {
    await rows.append(named);
  } finally {
    await rows.close();
  }
}
