import { testPython } from './testPython';

/**
 * A Python with pandas and scikit-learn, for tests of the programs that run in sandboxes: in a range of versions, since
 * the sandbox's image decides which ones it has, and the programs work with all of these.
 */
export const mlePython = (): Promise<string | null> =>
  testPython({
    name: 'mle-python',
    variable: 'BENCHYARD_TEST_PYTHON',
    packages: ['numpy', 'pandas<3', 'scikit-learn', 'scipy', 'pillow'],
    probe: 'import numpy, pandas, scipy, sklearn, PIL',
  });
