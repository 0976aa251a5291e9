import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * A file of the real material that tests check against where it is at hand: below `BENCHYARD_TEST_DATA`, else in a
 * folder beside the repository. null, said loudly, where it is not; the suite proves itself without.
 */
export function sharedData(file: string): string | null {
  const beside = '../shared/data'; // of the repository, where tests and benchmarks are started
  const found = path.resolve(process.env['BENCHYARD_TEST_DATA'] ?? beside, file);
  if (existsSync(found)) return found;
  console.warn(`SKIPPED: ${file} is not at hand; name its folder in BENCHYARD_TEST_DATA`);
  return null;
}
