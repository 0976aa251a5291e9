/** Begins every message of the test reporter, to tell it from what VS Code itself writes to the same place. */
export const TEST_OUTPUT_MARK = '[test] ';

/** Variable that names the file into which the tests inside VS Code write their counts when they came to their end. */
export const TEST_RESULT_VARIABLE = 'BENCHYARD_TEST_RESULT';
