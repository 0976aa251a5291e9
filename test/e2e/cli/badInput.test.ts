import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { CliEnd } from '../../support/cli';
import { cli, cliJson, program } from '../../support/cli';
import {
  calculator,
  fixedCalculator,
  TestRepository,
  writeTasks,
} from '../../support/repositories';
import { describeOn, sandboxes, testCache, warmUp } from '../../support/sandboxes';
import { temporaryFolder, testHost } from '../../support/temp';

const patient = { clone: 60, install: 120, apply: 60, test: 60, total: 600 };
const mib = 1024 ** 2;
const outcomeSchema = z.object({
  run_dir: z.string(),
  trials: z.array(
    z.object({ status: z.string(), cause: z.string().nullable(), detail: z.string().nullable() }),
  ),
});

let folder: { path: string } & AsyncDisposable;
let env: Record<string, string>;
beforeAll(async () => {
  folder = await temporaryFolder();
  env = { BENCHYARD_CACHE: await testCache(folder.path) };
});
afterAll(() => folder[Symbol.asyncDispose]());
const here = (): { cwd: string; env: Record<string, string> } => ({ cwd: folder.path, env });

/** A server that answers every request in this way. @returns its address */
async function serve(
  answer: Parameters<typeof createServer>[1],
): Promise<{ server: Server; url: string }> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address of this kind.
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('task files', () => {
  const list = (file: string): Promise<CliEnd> => cli(['tasks', 'list', '--tasks', file], here());

  test.each([
    ['empty', '', /:0: the file holds no task/],
    ['blank lines only', '\n\n  \n', /:0: the file holds no task/],
    [
      'JSON over several lines',
      '[\n  {"task_id": "a"}\n]\n',
      /:1: this is JSON over several lines/,
    ],
    ['a list', '[{"task_id": "a"}]\n', /:1: expected one JSON object a line/],
    ['CSV', 'task_id,repo,ref\na,b,c\n', /:1: not valid JSON/],
    ['binary', Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0x0a, 0xff]), /:1: this is not a text file/],
    [
      'a repository that is an option',
      '{"task_id":"a","repo":"--upload-pack=x","ref":"main"}\n',
      /:1: repo: expected a URL or a path/,
    ],
    [
      'a ref that is an option',
      '{"task_id":"a","repo":"r","ref":"-x"}\n',
      /:1: ref: expected a commit/,
    ],
  ])('%s', async (title, content, message) => {
    const file = path.join(folder.path, `${title.replaceAll(' ', '-')}.jsonl`);
    await writeFile(file, content);
    const { status, stderr } = await list(file);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('bug in Benchyard');
    expect(status).toBe(2);
  });

  test('a byte order mark and CRLF do no harm', async () => {
    const file = path.join(folder.path, 'windows.jsonl');
    await writeFile(
      file,
      '\uFEFF{"task_id":"a","repo":"r","ref":"main"}\r\n\r\n{"task_id":"b","repo":"r","ref":"main"}\r\n',
    );
    expect(await list(file)).toMatchObject({ status: 0, stderr: '' });
  });

  test.each(['holes', 'lines'])('1 GB of %s is told, in bounded memory', async (kind) => {
    const file = path.join(folder.path, `${kind}.jsonl`);
    const good = '{"task_id":"a","repo":"r","ref":"main"}\n';
    await writeFile(file, good);
    if (kind === 'holes') await truncate(file, 2 ** 30);
    else {
      const out = createWriteStream(file, { flags: 'a' });
      const block = Buffer.alloc(
        16 * mib,
        `${JSON.stringify({ task_id: 'a', repo: 'r', ref: 'main', problem_statement: 'x'.repeat(2000) })}\n`,
      );
      for (let n = 0; n < 64; n += 1) if (!out.write(block)) await once(out, 'drain');
      out.end();
      await once(out, 'close');
    }
    // The program tells its own peak when it ends.
    const measure = path.join(folder.path, 'measure.cjs');
    const peak = path.join(folder.path, `${kind}.peak`);
    await writeFile(
      measure,
      `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(peak)}, String(process.resourceUsage().maxRSS)));`,
    );
    const { status, stdout, stderr } = await cli(['tasks', 'list', '--tasks', file], {
      ...here(),
      env: { ...env, NODE_OPTIONS: `--require ${measure}` },
    });
    expect(status, stderr).toBe(2);
    expect(stdout).toMatch(/^a /m);
    expect(stderr).toMatch(/larger than \d+ MiB|longer than \d+ MiB/);
    expect(Number(await readFile(peak, 'utf8')) / 1024).toBeLessThan(1024);
    await truncate(file, 0);
  });
});

const sandbox = sandboxes.at(-1) ?? 'docker';
describeOn(sandbox, 'repositories and disks', () => {
  let repository: TestRepository;
  let fix: string;
  beforeAll(async () => {
    await warmUp(sandbox, testHost(folder.path, { cacheDir: env['BENCHYARD_CACHE'] ?? '' }));
    repository = await TestRepository.make(path.join(folder.path, 'calculator'), calculator);
    fix = await repository.patch({ 'calc/__init__.py': fixedCalculator });
  });
  const run = async (
    repo: string,
    status: number,
    more: object = {},
  ): Promise<z.infer<typeof outcomeSchema>> => {
    const row = { task_id: 'bad', repo, ref: 'main', timeouts: patient, patch: fix, ...more };
    const args = ['run', '--sandbox', sandbox, '--tasks', await writeTasks(folder.path, [row])];
    return outcomeSchema.parse(await cliJson(args, { ...here(), status }));
  };

  test('a repository that needs a password fails at once', async () => {
    const { server, url } = await serve((_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    });
    try {
      const [trial] = (await run(`${url}/owner/private.git`, 0)).trials;
      expect(trial).toMatchObject({ status: 'error', cause: 'clone_failed' });
      expect(trial?.detail).toContain('needs credentials');
    } finally {
      server.close();
    }
  });

  test('a repository that is not there', async () => {
    const { server, url } = await serve((_request, response) => {
      response.writeHead(404).end();
    });
    try {
      const [trial] = (await run(`${url}/owner/gone.git`, 0)).trials;
      expect(trial).toMatchObject({ status: 'error', cause: 'clone_failed' });
      expect(trial?.detail).toContain('not found');
    } finally {
      server.close();
    }
  });

  test('a server that never answers: the limit, and no process left', async () => {
    const { server, url } = await serve(() => undefined);
    try {
      const [trial] = (
        await run(`${url}/owner/hangs.git`, 0, { timeouts: { ...patient, clone: 1.5 } })
      ).trials;
      expect(trial).toMatchObject({ status: 'timeout', cause: 'clone' });
      expect(execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' })).not.toContain(url);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  /** A file system of this size, mounted while `work` runs. */
  async function onSmallDisk(
    bytes: number,
    work: (folder: string) => Promise<void>,
  ): Promise<void> {
    const disk = path.join(folder.path, `disk-${bytes}`);
    await mkdir(disk, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', disk]);
    try {
      await work(disk);
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  }
  const canMount = process.getuid?.() === 0;

  test.skipIf(!canMount).each([8, 24, 40])(
    'no room for the run (%d KiB): it stops, and every file is whole',
    async (kib) => {
      await onSmallDisk(kib * 1024, async (disk) => {
        const rows = Array.from({ length: 12 }, (_, n) => ({
          task_id: `t${n}`,
          repo: repository.path,
          ref: 'main',
          timeouts: patient,
          patch: fix,
        }));
        const args = [
          'run',
          '--sandbox',
          sandbox,
          '--tasks',
          await writeTasks(folder.path, rows),
          '--out',
          disk,
        ];
        const { status, stderr } = await cli(args, here());
        expect(stderr).toMatch(/no room left/);
        expect(stderr).not.toContain('bug in Benchyard');
        expect(status).toBe(3);
        for (const entry of await readdir(disk, { recursive: true, withFileTypes: true })) {
          if (!entry.isFile()) continue;
          const text = await readFile(path.join(entry.parentPath, entry.name), 'utf8');
          if (entry.name.endsWith('.json'))
            expect(() => JSON.parse(text) as unknown, entry.name).not.toThrow();
        }
      });
    },
  );

  test.skipIf(!canMount)(
    'a run that stopped for want of room goes on when there is some',
    async () => {
      await onSmallDisk(160 * 1024, async (disk) => {
        const ballast = path.join(disk, 'ballast');
        await writeFile(ballast, Buffer.alloc(100 * 1024));
        const rows = Array.from({ length: 6 }, (_, n) => ({
          task_id: `t${n}`,
          repo: repository.path,
          ref: 'main',
          timeouts: patient,
          patch: fix,
        }));
        const tasks = await writeTasks(folder.path, rows);
        const { status } = await cli(
          ['run', '--sandbox', sandbox, '--tasks', tasks, '--out', disk, '--concurrency', '1'],
          here(),
        );
        expect(status).toBe(3);
        execFileSync('mount', ['-o', 'remount,size=64m', disk]);
        const runDir = path.join(
          disk,
          (await readdir(disk)).find((name) => name.includes('run-group')) ?? '',
        );
        const { trials } = outcomeSchema.parse(await cliJson(['resume', runDir], here()));
        expect(trials.map((trial) => trial.status)).toEqual(rows.map(() => 'passed'));
      });
    },
  );

  test.skipIf(!canMount)('no room for the cache', async () => {
    const big = await TestRepository.make(path.join(folder.path, 'big'), {
      'noise.bin': Buffer.from(
        Array.from({ length: 2 * mib }, (_, n) => (n * n * 31 + (n >> 3)) & 255),
      ),
    });
    await onSmallDisk(64 * 1024, async (disk) => {
      const cache = await testCache(disk);
      const tasks = await writeTasks(folder.path, [
        { task_id: 'bad', repo: big.path, ref: 'main', timeouts: patient, patch: fix },
      ]);
      const { status, stderr } = await cli(['run', '--sandbox', sandbox, '--tasks', tasks], {
        cwd: folder.path,
        env: { BENCHYARD_CACHE: cache },
      });
      // By the clone that failed, or by who watches the disk, whoever saw it first.
      expect(stderr).toMatch(/no room left|No space left|Free some space/);
      expect(stderr).not.toContain('bug in Benchyard');
      expect(status).toBe(3);
      const mirrors = await readdir(path.join(cache, 'mirrors')).catch(() => []);
      expect(mirrors.filter((name) => name.endsWith('.git'))).toEqual([]);
    });
  });
});

describe('an engine that cannot be used', () => {
  const nobody = 65_534;
  const canBeNobody = ((): boolean => {
    const { status } = spawnSync(process.execPath, ['-e', '0'], { uid: nobody, cwd: '/' });
    return status === 0;
  })();

  test.skipIf(!canBeNobody)('is not for this user', async () => {
    await using own = await temporaryFolder();
    await chmod(own.path, 0o777);
    for (const name of ['cli.js', 'runner.js', 'zod.js']) {
      await copyFile(path.join(path.dirname(program), name), path.join(own.path, name));
    }
    const socket = path.join(own.path, 'engine.sock');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    await chmod(socket, 0o600);
    const row = { task_id: 'a', repo: '/nowhere', ref: 'main' };
    const tasks = await writeTasks(own.path, [row]);
    const { status, stderr } = await cli(['run', '--sandbox', 'docker', '--tasks', tasks], {
      cwd: own.path,
      env: {
        DOCKER_HOST: `unix://${socket}`,
        BENCHYARD_CACHE: path.join(own.path, 'cache'),
        HOME: own.path,
      },
      uid: nobody,
      program: path.join(own.path, 'cli.js'),
    });
    server.close();
    expect(stderr).toMatch(/may not|not permitted|denied|permission/i);
    expect(stderr).toMatch(/group|usermod|rootless/i);
    expect(status).toBe(3);
  });

  test('is not running', async () => {
    const own = {
      cwd: folder.path,
      env: { ...env, DOCKER_HOST: `unix://${folder.path}/absent.sock` },
    };
    const samples = path.join(import.meta.dirname, '../../../samples/seed_tasks.jsonl');
    const { status, stdout, stderr } = await cli(
      ['run', '--sandbox', 'docker', '--tasks', samples, '--out', 'none', '--json'],
      own,
    );
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toContain('absent.sock');
    expect(stderr).toMatch(/[Ss]tart|DOCKER_HOST/);
    expect(await readdir(folder.path)).not.toContain('none');

    const { status: doctor, stdout: told } = await cli(['doctor', '--json'], own);
    const checks = z
      .object({
        ok: z.boolean(),
        checks: z.array(z.object({ id: z.string(), ok: z.boolean(), fix: z.string().nullable() })),
      })
      .parse(JSON.parse(told));
    expect(doctor).toBe(checks.ok ? 0 : 3);
    expect(checks.checks.find(({ id }) => id === 'docker')).toMatchObject({
      ok: false,
      fix: expect.stringMatching(/\w/) as string,
    });
  });
});
