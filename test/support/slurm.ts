import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { nodeHost } from '../../src/nodeHost';
import { shareRoots } from './sharedRoots';

const run = promisify(execFile);
/** Tests and benchmarks are started in the project's folder. */
const project = path.resolve('.');
const script = path.join(project, 'test/slurm/cluster.sh');

export interface ClusterOptions {
  readonly nodes: number;
  readonly cpus?: number;
  readonly maxArraySize?: number;
  /** Seconds after which the controller forgets a job that ended. */
  readonly minJobAge?: number;
  /** Whether it keeps accounts (slurmdbd with a database). */
  readonly accounts?: boolean;
}

/** Why there can be no cluster on this machine; null: there can. */
export function clusterProblem(): string | null {
  if (process.platform !== 'linux') return 'Slurm needs Linux';
  if (process.getuid?.() !== 0) return 'only root can make its networks and mounts';
  for (const program of ['mmdebstrap', 'ip', 'nsenter', 'unshare', 'bwrap']) {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    } catch {
      return `${program} is not installed`;
    }
  }
  const help = execFileSync('nsenter', ['--help'], { encoding: 'utf8' });
  if (!help.includes('--wdns')) return 'nsenter is older than that of util-linux 2.38';
  try {
    const probe = ['--net', '--uts', '--mount', '--pid', '--fork', 'ip', 'link', 'set', 'lo', 'up'];
    execFileSync('unshare', probe, { stdio: 'ignore' });
    return null;
  } catch {
    return 'this machine does not let root make namespaces (a container without rights?)';
  }
}

/** Real Slurm daemons on this machine (test/slurm/cluster.sh): a head, where runs are started, and nodes. */
export class SlurmCluster implements AsyncDisposable {
  /** Seen by all of its machines. */
  readonly folder: string;
  readonly #state: string;
  readonly #head: string;

  private constructor(folder: string, state: string, head: string) {
    this.folder = folder;
    this.#state = state;
    this.#head = head;
  }

  static async start({
    nodes,
    cpus = 4,
    maxArraySize = 1001,
    minJobAge = 300,
    accounts = false,
  }: ClusterOptions): Promise<SlurmCluster> {
    const root = path.join(nodeHost().cacheDir, 'slurm-root');
    await run(script, ['root', root]);
    const base = await realpath(await mkdtemp(path.join(os.tmpdir(), 'benchyard-slurm-')));
    const folder = path.join(base, 'shared');
    const state = path.join(base, 'state');
    const roots = await shareRoots(path.join(folder, 'cache'));
    await mkdir(state);
    const env = {
      ...process.env,
      NODE_PROGRAM: process.execPath,
      NODE_CPUS: String(cpus),
      MAX_ARRAY_SIZE: String(maxArraySize),
      MIN_JOB_AGE: String(minJobAge),
      ACCOUNTS: accounts ? '1' : '',
    };
    await run(script, ['up', root, state, String(nodes), folder, project, roots], { env });
    const head = (await readFile(path.join(state, 'head.pid'), 'utf8')).trim();
    const cluster = new SlurmCluster(folder, state, head);
    await cluster.untilIdle(nodes);
    return cluster;
  }

  /** Variables of what is started on the head: its cache is seen by all machines. */
  get env(): Readonly<Record<string, string>> {
    return { BENCHYARD_CACHE: path.join(this.folder, 'cache') };
  }

  /** What becomes a command on the head. */
  by(cwd = this.folder): readonly string[] {
    const own = ['--net', '--uts', '--mount', '--root'];
    return ['nsenter', '--target', this.#head, ...own, `--wdns=${cwd}`];
  }

  async onHead(program: string, ...args: readonly string[]): Promise<string> {
    const [command = '', ...rest] = [...this.by(), program, ...args];
    return (await run(command, rest)).stdout;
  }

  /** Jobs that wait or run. */
  async jobs(): Promise<readonly string[]> {
    const out = await this.onHead('squeue', '--noheader', '--array', '--format=%F_%K %T');
    return out.split('\n').filter((line) => line !== '');
  }

  /** Waits until so many nodes take jobs. */
  async untilIdle(nodes: number): Promise<void> {
    for (;;) {
      const out = await this.onHead('sinfo', '--noheader', '--Node', '--format=%T').catch(() => '');
      if (out.split('\n').filter((state) => /^(idle|mixed|allocated)$/.test(state)).length >= nodes)
        return;
      await delay(100);
    }
  }

  /** SIGKILL to everything on a node. */
  async killNode(n: number): Promise<void> {
    await run(script, ['kill', this.#state, String(n)]);
  }

  /** What to look at when a test failed. */
  async account(): Promise<string> {
    const of = (program: string, ...args: readonly string[]): Promise<string> =>
      this.onHead(program, ...args).catch(String);
    const log = await readFile(path.join(this.#state, 'slurmctld.log'), 'utf8').catch(String);
    return [
      await of('sinfo', '--Node', '--long'),
      await of('sinfo', '--list-reasons'),
      await of('squeue', '--format=%i %T %r'),
      log.split('\n').slice(-30).join('\n'),
    ].join('\n');
  }

  async startNode(n: number): Promise<void> {
    await run(script, ['node', this.#state, String(n)]);
  }

  async stopController(): Promise<void> {
    await run(script, ['stop', this.#state]);
  }

  async startController(): Promise<void> {
    await run(script, ['controller', this.#state]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run(script, ['down', this.#state]);
    await rm(path.dirname(this.#state), { recursive: true, force: true });
  }
}
