import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import { TEST_OUTPUT_MARK, TEST_RESULT_VARIABLE } from '../../scripts/vscode/testOutput';

/** VS Code calls this inside its extension host; the tests ended when it resolves, and failed when it rejects. */
export function run(): Promise<void> {
  const write = (...args: readonly unknown[]): void => {
    console.log(TEST_OUTPUT_MARK + format(...args));
  };
  // Reporters write through this one function, which mocha's types do not know.
  Object.assign(Mocha.reporters.Base, { consoleLog: write });
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: 60_000,
    reporter: 'spec',
    forbidOnly: process.env['CI'] !== undefined,
    ...(process.env['BENCHYARD_TEST_GREP'] === undefined
      ? {}
      : { grep: process.env['BENCHYARD_TEST_GREP'] }),
  });
  const suites = path.join(__dirname, 'suites');
  for (const file of readdirSync(suites).sort()) {
    if (file.endsWith('.test.js')) mocha.addFile(path.join(suites, file));
  }
  return new Promise((resolve, reject) => {
    const failed: { readonly name: string; readonly message: string }[] = [];
    const runner = mocha.run((failures) => {
      const resultFile = process.env[TEST_RESULT_VARIABLE];
      const report = { ...runner.stats, failed };
      if (resultFile !== undefined) writeFileSync(resultFile, JSON.stringify(report));
      if (failures > 0) reject(new Error(`${failures} tests failed`));
      else resolve();
    });
    runner.on('fail', (test, error: Error) => {
      failed.push({ name: test.fullTitle(), message: error.message });
    });
  });
}
