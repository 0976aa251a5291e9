import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Installation } from './installation';

const run = promisify(execFile);

/** `bare`: VS Code's own server, which lets a page ask for a test run. `code-server`: what a person would use. */
export type ServerKind = 'bare' | 'code-server';

export interface ServerOptions {
  readonly kind: ServerKind;
  readonly installation: Installation;
  /** An own, empty folder: settings, state and extensions of this server, and nothing of the user's. */
  readonly homeDir: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Settings of the machine: the only place, besides a workspace, that a remote window takes those with its scope from. */
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  readonly port?: number;
  /** Our extension: a packaged VSIX, or a folder that has been built. The bare server takes neither: its page names it. */
  readonly extension?: { readonly vsix: string } | { readonly link: string };
  /** Folders of extensions that tests need beside ours. */
  readonly helpers?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What makes runs repeatable: nothing opens by itself, nothing asks the network, the terminal is readable as text. */
const QUIET_SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'terminal.integrated.gpuAcceleration': 'off',
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'git.openRepositoryInParentFolders': 'never',
  'chat.mcp.autostart': 'never',
} as const;

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 5_000;
const POLL_MS = 50;

/** A port of 127.0.0.1 that nobody listened on a moment ago: the asked one, or any. Rejects when that one is taken. */
export async function freePort(asked = 0): Promise<number> {
  const probe = createServer().listen(asked, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port on 127.0.0.1');
  return address.port;
}

/** Variables of the VS Code that this may be running in would steer the one that is started. */
export function cleanEnv(
  homeDir: string,
  more: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('VSCODE_'));
  return {
    ...Object.fromEntries(inherited),
    XDG_CONFIG_HOME: path.join(homeDir, 'config'),
    XDG_DATA_HOME: path.join(homeDir, 'share'),
    ...more,
  };
}

async function writeSettings(
  folder: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'settings.json'), JSON.stringify(settings, null, 2));
}

/** A running server of VS Code; disposing ends its whole process group and waits until it is gone. */
export class VsCodeServer implements AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Resolves when the server has ended, whoever ended it. */
  readonly ended: Promise<void>;
  readonly #process: ChildProcess;
  readonly #output: () => string;

  private constructor(port: number, child: ChildProcess, output: () => string) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}/`;
    this.#process = child;
    this.#output = output;
    this.ended = once(child, 'exit').then(() => undefined);
  }

  /** Resolves when the server answers. Rejects with its output when it ended before, or took too long. */
  static async start(options: ServerOptions): Promise<VsCodeServer> {
    // Without this look a server that has the port already would be taken for the one that is started.
    const port = await freePort(options.port);
    const dataDir = path.join(options.homeDir, options.kind === 'bare' ? 'data/data' : 'data');
    await mkdir(folders(options).extensions, { recursive: true });
    await writeSettings(path.join(dataDir, 'User'), { ...QUIET_SETTINGS, ...options.settings });
    await writeSettings(path.join(dataDir, 'Machine'), options.machineSettings ?? {});
    // First: what lies in the folder is taken over when the first extension is installed, and never again.
    for (const helper of options.helpers ?? [])
      await symlink(helper, path.join(folders(options).extensions, path.basename(helper)));
    if (options.extension !== undefined) await installExtension(options, options.extension);
    const child = spawn(options.installation.node, commandLine(options, port), {
      env: cleanEnv(options.homeDir, options.env),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    const keep = (data: Buffer): void => {
      output += data.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const server = new VsCodeServer(port, child, () => output);
    try {
      await server.#untilItAnswers(options.kind === 'bare' ? 'version' : 'healthz');
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  /** What the server has written so far: its extension host's death, for one, is only told here. */
  get output(): string {
    return this.#output();
  }

  /** Ends the process group now, without waiting: the last resort of an exit handler. */
  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    signalGroup(this.#process.pid, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    if (await this.#goneWithin(STOP_LIMIT_MS)) return;
    this.kill('SIGKILL');
    // What a killed group leaves is at most zombies, which an init that does not reap them keeps: wait no further.
    await this.#goneWithin(STOP_LIMIT_MS);
  }

  async #goneWithin(ms: number): Promise<boolean> {
    const deadline = Date.now() + ms;
    while (signalGroup(this.#process.pid, 0)) {
      if (Date.now() > deadline) return false;
      await delay(POLL_MS);
    }
    return true;
  }

  async #untilItAnswers(probe: string): Promise<void> {
    const deadline = Date.now() + START_LIMIT_MS;
    for (;;) {
      if (this.#process.exitCode !== null || Date.now() > deadline) {
        throw new Error(`The VS Code server did not start:\n${this.output}`);
      }
      const answered = await fetch(this.url + probe).then(
        (response) => response.ok,
        () => false,
      );
      if (answered) return;
      await delay(POLL_MS);
    }
  }
}

/** false when the group is gone. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

async function installExtension(
  options: ServerOptions,
  extension: NonNullable<ServerOptions['extension']>,
): Promise<void> {
  const { data, extensions } = folders(options);
  if ('link' in extension) {
    await symlink(extension.link, path.join(extensions, 'benchyard.benchyard-0.0.0'));
    return;
  }
  const entry = path.join(options.installation.codeServerDir, 'out/node/entry.js');
  const where = ['--user-data-dir', data, '--extensions-dir', extensions];
  await run(options.installation.node, [entry, ...where, '--install-extension', extension.vsix], {
    env: cleanEnv(options.homeDir),
  });
}

function folders(options: ServerOptions): { readonly data: string; readonly extensions: string } {
  return {
    data: path.join(options.homeDir, 'data'),
    extensions: path.join(options.homeDir, 'extensions'),
  };
}

function commandLine(options: ServerOptions, port: number): string[] {
  const { codeServerDir } = options.installation;
  const { data, extensions } = folders(options);
  const common = [
    '--extensions-dir',
    extensions,
    '--disable-telemetry',
    '--disable-workspace-trust',
  ];
  if (options.kind === 'code-server') {
    return [
      path.join(codeServerDir, 'out/node/entry.js'),
      ...['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--user-data-dir', data],
      ...['--disable-update-check', '--disable-getting-started-override'],
      ...common,
    ];
  }
  return [
    path.join(codeServerDir, 'lib/vscode/out/server-main.js'),
    ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token'],
    ...['--accept-server-license-terms', '--server-data-dir', data],
    // A built server ignores the page's `payload`, which names the extension and its tests, unless this is on.
    '--enable-smoke-test-driver',
    ...common,
  ];
}
