import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../../scripts/vscode/browser';
import { ensureInstallation } from '../../../scripts/vscode/installation';
import { PATIENT_SETTINGS } from '../../../scripts/vscode/patience';
import { VsCodeServer } from '../../../scripts/vscode/server';
import { Workbench } from './workbench';

const run = promisify(execFile);
/** The checkout. */
export const root = path.resolve(import.meta.dirname, '../../..');
const ACTION_LIMIT_MS = 20_000;

/** Git-ignored; CI keeps it. */
export const screenshotsDir = path.join(root, '.screenshots');

export interface VsCodeOptions {
  /** Settings of the user, beside those that keep VS Code quiet. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Settings of the machine, which those of the user cannot replace. */
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of extensions beside ours. */
  readonly helpers?: readonly string[];
}

let packaged: Promise<string> | undefined;

/** The very file that would be published, made once for all tests of this process from the dist that `npm run test:e2e` built. */
export function packageExtension(): Promise<string> {
  packaged ??= (async () => {
    const vsix = path.join(root, 'dist/benchyard.vsix');
    const vsce = path.join(root, 'node_modules/.bin/vsce');
    await run(vsce, ['package', '--no-dependencies', '--out', vsix], { cwd: root });
    return vsix;
  })();
  return packaged;
}

/**
 * A VS Code as a person has it: the packaged extension installed into a fresh profile, a copy of the samples opened as
 * the workspace, its page in Chromium. Disposing ends all of it.
 */
export class VsCode implements AsyncDisposable {
  /** The copy of the samples that is open: tests may change it. */
  readonly folder: string;
  readonly workbench: Workbench;
  readonly #homeDir: string;
  readonly #server: VsCodeServer;
  readonly #browser: Browser;

  private constructor(
    homeDir: string,
    server: VsCodeServer,
    browser: Browser,
    workbench: Workbench,
  ) {
    this.folder = workspaceOf(homeDir);
    this.workbench = workbench;
    this.#homeDir = homeDir;
    this.#server = server;
    this.#browser = browser;
  }

  static async start(options: VsCodeOptions = {}): Promise<VsCode> {
    const vsix = await packageExtension();
    const installation = await ensureInstallation((line) => {
      console.log(line);
    });
    const homeDir = await mkdtemp(path.join(tmpdir(), 'benchyard-e2e-'));
    await cp(path.join(root, 'samples'), workspaceOf(homeDir), { recursive: true });
    const server = await VsCodeServer.start({
      kind: 'code-server',
      installation,
      homeDir,
      extension: { vsix },
      ...options,
      machineSettings: { ...PATIENT_SETTINGS, ...options.machineSettings },
    });
    process.once('exit', () => {
      server.kill('SIGKILL');
    });
    const browser = await launchBrowser(installation.chromium);
    const workbench = await openWorkbench(browser, server, workspaceOf(homeDir));
    return new VsCode(homeDir, server, browser, workbench);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.#server[Symbol.asyncDispose]();
    await rm(this.#homeDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function workspaceOf(homeDir: string): string {
  return path.join(homeDir, 'samples');
}

async function openWorkbench(
  browser: Browser,
  server: VsCodeServer,
  folder: string,
): Promise<Workbench> {
  await mkdir(screenshotsDir, { recursive: true });
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(ACTION_LIMIT_MS);
  const workbench = new Workbench(page, screenshotsDir);
  await page.goto(`${server.url}?folder=${encodeURIComponent(folder)}`);
  await workbench.untilReady();
  return workbench;
}
