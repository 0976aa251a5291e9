import type { ChildProcess } from 'node:child_process';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const startMs = 60_000;

/** Whether this machine can start an engine of a test's own: that needs root, the engine's program and network namespaces. */
export function canStartDocker(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('unshare', ['--net', 'dockerd', '--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A Docker engine of a test's own, with data, socket and network of its own, that may be killed and started again. */
export class PrivateDocker implements AsyncDisposable {
  readonly #folder: string;
  #restarting: Promise<void> = Promise.resolve();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** `folder`: short, since its path becomes part of the socket's. */
  static async start(folder: string): Promise<PrivateDocker> {
    const docker = new PrivateDocker(folder);
    await docker.start();
    return docker;
  }

  /** What whoever uses it has in its environment. */
  get env(): { readonly DOCKER_HOST: string } {
    return { DOCKER_HOST: `unix://${this.#path('docker.sock')}` };
  }

  async start(): Promise<void> {
    const args = [
      ...['--net', 'dockerd', '--data-root', this.#path('data'), '--exec-root', this.#path('exec')],
      ...['--host', this.env.DOCKER_HOST, '--pidfile', this.#path('docker.pid')],
      '--iptables=false',
      '--ip6tables=false',
    ];
    const launch = async (): Promise<ChildProcess> => {
      await rm(this.#path('docker.pid'), { force: true });
      const child = spawn('unshare', args, { stdio: 'ignore', detached: true });
      child.unref();
      return child;
    };
    const deadline = performance.now() + startMs;
    let child = await launch();
    while (!(await this.#answers())) {
      if (performance.now() > deadline) throw new Error('the private Docker engine does not start');
      await delay(100);
      if (child.exitCode === null) continue;
      // One ends at once while something of the one before it is still going.
      await delay(1000);
      child = await launch();
    }
  }

  /** Kills it and starts it again, after whoever does so already. */
  restart(pauseMs: number): Promise<void> {
    const restarted = this.#restarting.then(async () => {
      await this.kill();
      await delay(pauseMs);
      await this.start();
    });
    this.#restarting = restarted.catch(() => undefined); // told to its caller
    return restarted;
  }

  /** As if its machine's administrator restarted it the hard way: its containers die with it. */
  async kill(): Promise<void> {
    const pid = this.#pid('docker.pid');
    if (pid === null) throw new Error('the private Docker engine does not run');
    process.kill(pid, 'SIGKILL');
    while (await this.#answers()) await delay(20);
  }

  /** Names of all containers, or of those that have the label. */
  async containers(label?: string): Promise<readonly string[]> {
    const filter = label === undefined ? [] : ['--filter', `label=${label}`];
    const args = ['-H', this.env.DOCKER_HOST, 'ps', '-aq', ...filter];
    return (await run('docker', args)).stdout.split('\n').filter(Boolean);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of ['docker.pid', 'exec/containerd/containerd.pid']) {
      const pid = this.#pid(file);
      if (pid === null || !isAlive(pid)) continue;
      process.kill(pid, 'SIGTERM');
      for (let n = 0; n < 300 && isAlive(pid); n += 1) await delay(50);
      if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    }
    // What it mounted is mounted in this machine's own namespace.
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
    const own = mounts.map((line) => line.split(' ')[1] ?? '');
    for (const mount of own.filter((place) => place.startsWith(`${this.#folder}/`)).reverse())
      await run('umount', ['-l', mount]).catch(() => undefined);
    for (const name of await readdir(this.#folder))
      await rm(path.join(this.#folder, name), { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    try {
      await run('docker', ['-H', this.env.DOCKER_HOST, 'version'], { timeout: 5000 });
      return true;
    } catch {
      return false;
    }
  }

  #path(name: string): string {
    return path.join(this.#folder, name);
  }

  #pid(name: string): number | null {
    const file = this.#path(name);
    return existsSync(file) ? Number(readFileSync(file, 'utf8').trim()) : null;
  }
}

function isAlive(pid: number): boolean {
  try {
    // One that was not waited for is dead all the same.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  } catch {
    return false;
  }
}
