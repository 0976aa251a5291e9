import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { nodeHost } from '../../src/nodeHost';
import { chooseProvider } from '../../src/runner/sandbox/providers';
import type { Answer, ModelServer } from '../support/modelServer';
import {
  callTool,
  say,
  serverError,
  startModelServer,
  tooManyRequests,
} from '../support/modelServer';
import { canStartDocker, PrivateDocker } from '../support/privateDocker';
import { buildSlowFiles } from '../support/preloads';
import { calculator, fixedCalculator, TestRepository } from '../support/repositories';
import type { SandboxName } from '../support/sandboxes';
import { testCache } from '../support/temp';
import type { Account } from './account';

const run = promisify(execFile);
const limits = { clone: 120, install: 120, apply: 120, test: 120, total: 900 };

/** What all runs of a soak test stand on. */
export interface World extends AsyncDisposable {
  readonly folder: string;
  readonly cache: string;
  readonly worker: string;
  /** A library that slows down files; null where none can be had. */
  readonly slowLibrary: string | null;
  readonly docker: PrivateDocker | null;
  readonly model: ModelServer;
  readonly account: Account;
  readonly random: () => number;
  /** Rows of tasks that a gold patch solves, or a model by a command. */
  readonly rows: (count: number) => readonly object[];
  /** What is left of sandboxes, temporary folders and the like, now that nobody runs. */
  readonly leftBehind: () => Promise<readonly string[]>;
}

export async function makeWorld(
  sandboxes: readonly SandboxName[],
  { account, random }: Pick<World, 'account' | 'random'>,
): Promise<World> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'by-soak-'));
  const cache = await testCache(folder);
  await mkdir(path.join(folder, 'tmp'));
  const docker = await startDocker(folder, sandboxes, account);
  const signal = AbortSignal.timeout(600_000);
  for (const name of sandboxes) {
    if (name === 'docker' && docker === null) continue;
    const env = { ...process.env, ...docker?.env };
    const host = nodeHost({ cwd: folder, cacheDir: cache, env });
    const options = {
      signal,
      onProgress: (line: string) => {
        console.error(line);
      },
    };
    await using provider = await chooseProvider(name, host, options);
    await provider.resolveImage(null, options);
  }
  const repository = await TestRepository.make(path.join(folder, 'calculator'), calculator);
  const ref = await repository.head();
  const patch = await repository.patch({ 'calc/__init__.py': fixedCalculator });
  const model = await startModelServer(({ body }) =>
    answerOf(body.messages.length, random, account),
  );
  return {
    folder,
    cache,
    worker: path.resolve('test/.cache/soak/worker.js'),
    slowLibrary: await buildSlowFiles(folder),
    docker,
    model,
    account,
    random,
    rows: (count) =>
      Array.from({ length: count }, (_, n) => ({
        task_id: `tiny${String(n)}`,
        repo: repository.path,
        ref,
        patch,
        timeouts: limits,
        test_command: 'sleep 0.2; grep -q "a + b" calc/__init__.py',
      })),
    leftBehind: () => leftBehind({ folder, cache, docker }),
    async [Symbol.asyncDispose]() {
      await model.close();
      await docker?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startDocker(
  folder: string,
  sandboxes: readonly SandboxName[],
  account: Account,
): Promise<PrivateDocker | null> {
  if (!sandboxes.includes('docker')) return null;
  if (!canStartDocker()) {
    account.skip('everything on Docker: a private engine needs root and dockerd');
    return null;
  }
  const place = path.join(folder, 'engine');
  await mkdir(place);
  return await PrivateDocker.start(place);
}

/** A model that solves the task in two steps, over a connection that breaks in many ways. */
function answerOf(messages: number, random: () => number, account: Account): Answer {
  const luck = random();
  if (luck < 0.2) account.count('fault: model connection');
  if (luck < 0.05) return serverError(503);
  if (luck < 0.1) return tooManyRequests('0');
  if (luck < 0.15) return say('broken', { breakAfter: 1 });
  if (luck < 0.2) return say('broken', { endAfter: 1 });
  return messages < 4
    ? callTool('shell', { command: `printf '%s' '${fixedCalculator}' > calc/__init__.py` })
    : callTool('submit', {});
}

async function leftBehind({
  folder,
  cache,
  docker,
}: Pick<World, 'folder' | 'cache' | 'docker'>): Promise<readonly string[]> {
  const found: string[] = [];
  const base = path.join(cache, 'bubblewrap');
  for (const mode of existsSync(base) ? await readdir(base) : [])
    for (const name of await readdir(path.join(base, mode, 'sandboxes')))
      found.push(`sandbox folder ${name}`);
  for (const name of await readdir(path.join(folder, 'tmp')))
    if (name.startsWith('benchyard-')) found.push(`temporary folder ${name}`);
  for (const id of (await docker?.containers('benchyard.kind=sandbox')) ?? [])
    found.push(`container ${id}`);
  const processes = await run('ps', ['-eo', 'pid,args']);
  for (const line of processes.stdout.split('\n'))
    if (line.includes('bwrap') && line.includes(cache)) found.push(`process ${line.slice(0, 80)}`);
  return found;
}

/** Tasks of one run, as a file. */
export async function writeRows(world: World, name: string, count: number): Promise<string> {
  const file = path.join(world.folder, `${name}.jsonl`);
  await writeFile(
    file,
    world
      .rows(count)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(''),
  );
  return file;
}

/** First processes of all bubblewrap sandboxes, as this machine numbers them. */
export async function sandboxProcesses(cache: string): Promise<readonly number[]> {
  const base = path.join(cache, 'bubblewrap');
  const pids: number[] = [];
  for (const mode of existsSync(base) ? await readdir(base) : []) {
    for (const name of await readdir(path.join(base, mode, 'sandboxes'))) {
      const file = path.join(base, mode, 'sandboxes', name, 'sandbox.json');
      const record = await readFile(file, 'utf8').catch(() => '{}'); // removed just now
      const { process: first } = JSON.parse(record) as { process?: { pid: number } | null };
      if (typeof first?.pid === 'number') pids.push(first.pid);
    }
  }
  return pids;
}
