import { readFile } from 'node:fs/promises';

/** The values of a JSON lines file. A line that is not JSON is an error. */
export async function readJsonLines(file: string): Promise<readonly unknown[]> {
  return (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
