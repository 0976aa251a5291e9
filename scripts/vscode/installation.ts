import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { ensureSystemPackages, findChromium } from './systemPackages';

/** code-server ships the real VS Code server and workbench: 4.139.1 is VS Code 1.139.1. It asks for exactly Node 24. */
const CODE_SERVER = '4.139.1';
const NODE = '24.21.0';

/** Loading these proves that code-server's own postinstall came to its end: it builds them last. */
const NATIVE_MODULES = [
  'node-pty',
  '@vscode/spdlog',
  '@vscode/sqlite3',
  'kerberos',
  '@parcel/watcher',
];

const run = promisify(execFile);
const packageJson = z.object({ version: z.string() });

/** A VS Code that can be started without a display: its server, the Node that runs it, and a browser for its page. */
export interface Installation {
  readonly node: string;
  readonly codeServerDir: string;
  readonly chromium: string;
}

function cacheDir(): string {
  return process.env['BENCHYARD_VSCODE_DIR'] ?? path.join(homedir(), '.cache', 'benchyard-vscode');
}

async function hasVersion(packageDir: string, version: string): Promise<boolean> {
  try {
    const text = await readFile(path.join(packageDir, 'package.json'), 'utf8');
    return packageJson.parse(JSON.parse(text)).version === version;
  } catch {
    return false;
  }
}

async function nodeIsWhole(dir: string): Promise<boolean> {
  const node = path.join(dir, 'node_modules/node/bin/node');
  try {
    await access(node, constants.X_OK);
    return (await run(node, ['--version'])).stdout.trim() === `v${NODE}`;
  } catch {
    return false;
  }
}

async function codeServerIsWhole(dir: string, node: string): Promise<boolean> {
  const packageDir = path.join(dir, 'node_modules/code-server');
  if (!(await hasVersion(packageDir, CODE_SERVER))) return false;
  const modules = path.join(packageDir, 'lib/vscode/node_modules');
  const load = NATIVE_MODULES.map((name) => `require(${JSON.stringify(path.join(modules, name))})`);
  try {
    await access(path.join(packageDir, 'lib/vscode/out/server-main.js'));
    await access(path.join(packageDir, 'out/node/entry.js'));
    await run(node, ['-e', load.join(';')]);
    return true;
  } catch {
    return false;
  }
}

/** A retry inside a half-installed node_modules fails in other ways than the first try did, so every install starts clean. */
async function npmInstall(dir: string, packageSpec: string, env: NodeJS.ProcessEnv): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, 'package.json'), '{"private":true}\n');
  await run('npm', ['install', '--no-audit', '--no-fund', '--save-exact', packageSpec], {
    cwd: dir,
    env,
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** An npm that runs another npm hands its settings down; code-server's postinstall must see its own Node instead. */
function installEnv(nodeBinDir: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_(package|lifecycle|command|execpath|node_execpath|config_(local_)?prefix|config_user_agent)/.test(
        name,
      ),
  );
  return {
    ...Object.fromEntries(inherited),
    // A silent npm above this one would leave no word of why an install failed.
    npm_config_loglevel: 'error',
    PATH: `${nodeBinDir}${path.delimiter}${process.env['PATH'] ?? ''}`,
  };
}

/** What is installed and whole, or null. Changes nothing and takes under a second. */
export async function findInstallation(): Promise<Installation | null> {
  const root = cacheDir();
  const node = path.join(root, 'node/node_modules/node/bin/node');
  const chromium = await findChromium();
  if (chromium === null || !(await nodeIsWhole(path.join(root, 'node')))) return null;
  if (!(await codeServerIsWhole(path.join(root, 'cs'), node))) return null;
  return { node, codeServerDir: path.join(root, 'cs/node_modules/code-server'), chromium };
}

/**
 * Installs what is missing and nothing else; a second call finds everything in its place. The cache folder can be
 * removed at any time: all of it comes from the npm registry. Rejects with what to do when something cannot be had.
 */
export async function ensureInstallation(log: (line: string) => void): Promise<Installation> {
  const found = await findInstallation();
  if (found !== null) return found;
  await ensureSystemPackages(log);
  const root = cacheDir();
  const nodeDir = path.join(root, 'node');
  const nodeBinDir = path.join(nodeDir, 'node_modules/node/bin');
  if (!(await nodeIsWhole(nodeDir))) {
    log(`Installing Node ${NODE} into ${nodeDir}`);
    await npmInstall(nodeDir, `node@${NODE}`, installEnv(path.dirname(process.execPath)));
  }
  if (!(await codeServerIsWhole(path.join(root, 'cs'), path.join(nodeBinDir, 'node')))) {
    log(`Installing code-server ${CODE_SERVER} into ${path.join(root, 'cs')} (2 to 5 minutes)`);
    await npmInstall(path.join(root, 'cs'), `code-server@${CODE_SERVER}`, installEnv(nodeBinDir));
  }
  const installed = await findInstallation();
  if (installed === null) {
    throw new Error(
      `VS Code was installed into ${root}, but does not run. Remove that folder and try again; ` +
        'its native modules need a C++ compiler, make, python3, pkg-config and the Kerberos headers.',
    );
  }
  return installed;
}
