import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { RunnerError } from '../../model';
import { isNotFound } from '../../store/files';

/** What the parser answers with `info`, which its types do not tell. */
const rowsSchema = z.array(
  z.object({ info: z.object({ lines: z.number() }), record: z.array(z.string()) }),
);

/**
 * The scores of a leaderboard's file, in its order: a CSV with a header that names a column `score`; others are not read.
 *
 * @throws `not-found` without the file; `invalid-config`, with the line, where it is no such table or a score is no number
 */
export async function readLeaderboard(file: string): Promise<readonly number[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    throw new RunnerError('not-found', `There is no leaderboard ${file}.`, { cause: error });
  });
  const { parse } = await import('csv-parse/sync');
  let rows: z.infer<typeof rowsSchema>;
  try {
    const options = { bom: true, info: true, relaxColumnCount: true, skipEmptyLines: true };
    rows = rowsSchema.parse(parse(text, options));
  } catch (error) {
    throw refused(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const [header, ...teams] = rows;
  const column = header?.record.findIndex((name) => name.trim() === 'score') ?? -1;
  if (column === -1) throw refused(`${file}: its header names no column "score"`);
  if (teams.length === 0) throw refused(`${file}: no team is in it`);
  return teams.map(({ info, record }) => {
    const cell = record[column]?.trim() ?? '';
    const score = Number(cell);
    if (cell !== '' && Number.isFinite(score)) return score;
    throw refused(`${file}:${String(info.lines)}: score: expected a number, found "${cell}"`);
  });
}

function refused(message: string): RunnerError {
  return new RunnerError('invalid-config', message);
}
