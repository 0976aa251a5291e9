/** Whose rules: `v4` as SWE-bench's harness up to 4.1, `v5` since 5.0. */
export type OfficialGrading = 'v4' | 'v5';

/**
 * Test → status, as a parser read them from a log, in the order of first appearance. Mostly one of `statusWords`, but a
 * parser keeps the word that it found (`ERROR:`), and such a word is neither a pass nor a failure.
 */
export type Statuses = ReadonlyMap<string, string>;

export const statusWords = ['FAILED', 'PASSED', 'SKIPPED', 'ERROR', 'XFAIL'] as const;

/** The text between the markers (or all of it), with `\n` as its only line end → statuses. */
export type LogParser = (log: string, grading: OfficialGrading) => Statuses;
