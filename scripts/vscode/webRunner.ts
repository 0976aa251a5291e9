// Stands in for the desktop's `code`: takes the same command line from @vscode/test-electron, runs the extension and its
// tests in the extension host of a VS Code server, and ends with the status of the tests.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { format, parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { launchBrowser } from './browser';
import { ensureInstallation } from './installation';
import { VsCodeServer } from './server';
import { TEST_OUTPUT_MARK } from './testOutput';

const LIMIT_MS = 10 * 60_000;
const EXIT_TIMED_OUT = 124;
const EXIT_NO_PROOF = 70;

interface Job {
  readonly extension: string;
  /** Other extensions that the tests need. */
  readonly helpers: readonly string[];
  readonly tests: string;
  readonly folder: string;
}

function readJob(): Job {
  const { values, positionals } = parseArgs({
    options: {
      extensionDevelopmentPath: { type: 'string', multiple: true },
      extensionTestsPath: { type: 'string' },
    },
    strict: false,
  });
  const { extensionDevelopmentPath: extensions, extensionTestsPath: tests } = values;
  const folder = positionals[0];
  const [extension, ...helpers] = isTexts(extensions) ? extensions : [];
  if (extension === undefined || typeof tests !== 'string' || folder === undefined) {
    throw new Error('usage: FOLDER --extensionDevelopmentPath=DIR --extensionTestsPath=FILE');
  }
  return { extension, helpers: helpers.map((helper) => path.resolve(helper)), tests, folder };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** The page calls these by name: they are the smoke-test driver's own hooks. */
async function watchTests(page: Page, debug: boolean): Promise<{ status: Promise<number> }> {
  await page.exposeFunction('codeAutomationLog', (_type: string, args: readonly unknown[]) => {
    // The workbench's own log comes the same way.
    const text = format(...args);
    if (text.startsWith(TEST_OUTPUT_MARK)) console.log(text.slice(TEST_OUTPUT_MARK.length));
    else if (debug) console.error(text);
  });
  let end: (status: number) => void = () => undefined;
  const status = new Promise<number>((resolve) => (end = resolve));
  await page.exposeFunction('codeAutomationExit', (code: number) => {
    end(code);
  });
  return { status };
}

function pageUrl(server: VsCodeServer, job: Job): string {
  const remote = (file: string): string =>
    `vscode-remote://127.0.0.1:${server.port}${path.resolve(file)}`;
  const url = new URL(server.url);
  url.searchParams.set('folder', path.resolve(job.folder));
  url.searchParams.set(
    'payload',
    JSON.stringify([
      // The page knows one at most: of several, it takes the last.
      ['extensionDevelopmentPath', remote(job.extension)],
      ['extensionTestsPath', remote(job.tests)],
      ['skipWelcome', 'true'],
    ]),
  );
  return url.href;
}

async function runTests(job: Job, homeDir: string): Promise<number> {
  const debug = process.env['BENCHYARD_VSCODE_DEBUG'] !== undefined;
  const installation = await ensureInstallation((line) => {
    console.error(line);
  });
  await using server = await VsCodeServer.start({
    kind: 'bare',
    installation,
    homeDir,
    helpers: job.helpers,
  });
  process.once('exit', () => {
    server.kill('SIGKILL');
  });
  const browser = await launchBrowser(installation.chromium);
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const { status } = await watchTests(page, debug);
    await page.goto(pageUrl(server, job));
    const ended = await Promise.race([status, timeLimit()]);
    if (ended === EXIT_TIMED_OUT || debug) console.error(server.output);
    if (ended !== 0) console.error(await extensionLog(homeDir));
    // The workbench reports 0 also when its extension host was killed under it.
    const death = /Extension Host Process exited with code: (?!0\b)\S+|signal: SIG\w+/.exec(
      server.output,
    );
    if (ended === 0 && death !== null) {
      console.error(`The extension host died: ${death[0]}`);
      return EXIT_NO_PROOF;
    }
    return ended;
  } finally {
    await browser.close();
  }
}

/** What the extension logged: a message that it showed to nobody in particular stands there with its cause. */
async function extensionLog(homeDir: string): Promise<string> {
  const files = await readdir(homeDir, { recursive: true });
  const logs = files.filter((file) => file.endsWith('Benchyard.log'));
  const texts = await Promise.all(logs.map((file) => readFile(path.join(homeDir, file), 'utf8')));
  return texts.join('\n');
}

function timeLimit(): Promise<number> {
  return new Promise((resolve) => {
    setTimeout(() => {
      console.error(`The tests did not end within ${LIMIT_MS / 1000} s.`);
      resolve(EXIT_TIMED_OUT);
    }, LIMIT_MS).unref();
  });
}

async function main(): Promise<number> {
  const job = readJob();
  const homeDir = await mkdtemp(path.join(tmpdir(), 'benchyard-vscode-'));
  try {
    return await runTests(job, homeDir);
  } finally {
    await rm(homeDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(130));
}
main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
