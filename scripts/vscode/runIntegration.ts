// `npm run test:integration`: the suite of dist/test inside a real extension host. On a desktop that is the VS Code that
// @vscode/test-electron downloads; VSCODE_EXECUTABLE names another one; without a display it is the web runner.
import { runTests } from '@vscode/test-electron';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { PATIENT_SETTINGS } from './patience';
import { TEST_RESULT_VARIABLE } from './testOutput';

const counts = z.object({ passes: z.number(), failures: z.number(), pending: z.number() });
type Counts = z.infer<typeof counts>;

const root = process.cwd();

function executable(): string | undefined {
  const asked = process.env['VSCODE_EXECUTABLE'];
  if (asked !== undefined && asked !== '') return asked;
  const hasDisplay =
    process.platform !== 'linux' ||
    process.env['DISPLAY'] !== undefined ||
    process.env['WAYLAND_DISPLAY'] !== undefined;
  return hasDisplay ? undefined : path.join(root, 'dist/scripts/webRunner.js');
}

async function readCounts(file: string): Promise<Counts | null> {
  try {
    return counts.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

async function main(): Promise<number> {
  const tempDir = await mkdtemp(path.join(tmpdir(), 'benchyard-integration-'));
  // Kept where the caller wants to read the counts too.
  const resultFile = process.env[TEST_RESULT_VARIABLE] ?? path.join(tempDir, 'result.json');
  const folder = path.join(tempDir, 'workspace');
  try {
    await rm(resultFile, { force: true });
    await cp(path.join(root, 'samples'), folder, { recursive: true });
    await mkdir(path.join(folder, '.vscode'));
    await writeFile(path.join(folder, '.vscode/settings.json'), JSON.stringify(PATIENT_SETTINGS));
    const vscodeExecutablePath = executable();
    const ended = await runTests({
      ...(vscodeExecutablePath === undefined ? {} : { vscodeExecutablePath }),
      extensionDevelopmentPath: [root, path.join(root, 'dist/test/fixtures/scripted-models')],
      extensionTestsPath: path.join(root, 'dist/test/index.js'),
      launchArgs: [folder, '--disable-workspace-trust'],
      extensionTestsEnv: { [TEST_RESULT_VARIABLE]: resultFile },
    }).catch((error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      return 1;
    });
    return verdict(ended, await readCounts(resultFile));
  } finally {
    await rm(tempDir, { recursive: true, force: true });
  }
}

/** VS Code ends with 0 also when a test killed its host, so only counts written after the last test prove anything. */
function verdict(ended: number, seen: Counts | null): number {
  if (seen === null) {
    console.error('The tests did not come to their end: there are no counts of them.');
    return ended === 0 ? 1 : ended;
  }
  console.log(`${seen.passes} passed, ${seen.failures} failed`);
  if (seen.passes === 0) console.error('Nothing passed, so nothing was tested.');
  return seen.passes === 0 || seen.failures > 0 ? 1 : ended;
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
