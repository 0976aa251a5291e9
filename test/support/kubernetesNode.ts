import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pod } from '../../src/runner/engines/kubernetes/objects';

/** The API of a cluster, as far as its nodes need it. */
export interface NodeApi {
  call(method: string, path: string, body?: object): Promise<unknown>;
}

/**
 * A node of a test's cluster: in the place of a scheduler and a kubelet it takes pods and runs the command of their first
 * container as a process of this machine. Images, volumes and limits are not its business: processes see the machine's files.
 */
export class KubernetesNode {
  readonly name: string;
  readonly #api: NodeApi;
  readonly #capacity: number;
  readonly #env: Readonly<Record<string, string>>;
  /** By the pods' names. */
  readonly #running = new Map<string, ChildProcess>();
  #alive = true;

  constructor(
    name: string,
    {
      api,
      capacity,
      env,
    }: {
      readonly api: NodeApi;
      readonly capacity: number;
      readonly env: Readonly<Record<string, string>>;
    },
  ) {
    this.name = name;
    this.#api = api;
    this.#capacity = capacity;
    this.#env = env;
  }

  get hasRoom(): boolean {
    return this.#alive && this.#running.size < this.#capacity;
  }

  /** Takes a pod that no node has. */
  async take(pod: Pod): Promise<void> {
    const at = podPath(pod);
    const target = { apiVersion: 'v1', kind: 'Node', name: this.name };
    const { name } = pod.metadata ?? {};
    const [container] = pod.spec?.containers ?? [];
    if (name === undefined || container === undefined) throw new Error('no such pod');
    await this.#api.call('POST', `${at}/binding`, {
      ...{ apiVersion: 'v1', kind: 'Binding', metadata: { name }, target },
    });
    const [command = '', ...args] = [...(container.command ?? []), ...(container.args ?? [])];
    const env: Record<string, string> = { ...this.#env };
    for (const { secretRef } of container.envFrom ?? []) {
      const secret = (await this.#api.call(
        'GET',
        `/api/v1/namespaces/${pod.metadata?.namespace ?? ''}/secrets/${secretRef?.name ?? ''}`,
      )) as { data?: Record<string, string> };
      for (const [key, value] of Object.entries(secret.data ?? {}))
        env[key] = Buffer.from(value, 'base64').toString();
    }
    for (const { name: key, value, valueFrom } of container.env ?? []) {
      const field = valueFrom?.fieldRef?.fieldPath;
      if (field === 'spec.nodeName') env[key] = this.name;
      else if (field === undefined) env[key] = value ?? '';
      else env[key] = pod.metadata?.annotations?.[/\['(.*)'\]/.exec(field)?.[1] ?? ''] ?? '';
    }
    const child = spawn(command, args, {
      env,
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#running.set(name, child);
    // Some have ended before the cluster knows that they began.
    const ended = outcomeOf(child);
    await this.#status(at, {
      phase: 'Running',
      startTime: new Date().toISOString(),
      containerStatuses: [statusOf(container.name, { running: {} })],
    });
    void ended.then((end) => this.#tellEnd(pod, container.name, end)).catch(() => undefined);
  }

  /** Ends what is deleted, as a kubelet does: it is asked to, and gone when it has. */
  async see(pod: Pod): Promise<void> {
    const name = pod.metadata?.name ?? '';
    if (!this.#alive || pod.metadata?.deletionTimestamp === undefined) return;
    const child = this.#running.get(name);
    if (child !== undefined) kill(child, 'SIGTERM');
    else await this.#api.call('DELETE', `${podPath(pod)}?gracePeriodSeconds=0`);
  }

  /** The machine is gone, with all that ran there. */
  kill(): void {
    this.#alive = false;
    for (const child of this.#running.values()) kill(child, 'SIGKILL');
  }

  async #tellEnd(
    pod: Pod,
    container: string,
    { exitCode, message }: { readonly exitCode: number; readonly message: string },
  ): Promise<void> {
    this.#running.delete(pod.metadata?.name ?? '');
    if (!this.#alive) return;
    const at = new Date().toISOString();
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    const terminated = { exitCode, reason, message, startedAt: at, finishedAt: at };
    for (let tries = 0; tries < 100; tries += 1) {
      try {
        const told = await this.#status(podPath(pod), {
          phase: exitCode === 0 ? 'Succeeded' : 'Failed',
          containerStatuses: [statusOf(container, { terminated })],
        });
        // One that was deleted before it ended is its node's to remove.
        if (told.metadata?.deletionTimestamp !== undefined)
          await this.#api.call('DELETE', `${podPath(pod)}?gracePeriodSeconds=0`);
        return;
      } catch (error) {
        // The pod was deleted, or the API server is being restarted.
        if (String(error).includes('404')) return;
        await delay(200);
      }
    }
  }

  async #status(at: string, status: object): Promise<Pod> {
    return (await this.#api.call('PATCH', `${at}/status`, { status })) as Pod;
  }
}

async function outcomeOf(
  child: ChildProcess,
): Promise<{ readonly exitCode: number; readonly message: string }> {
  let message = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    message += text;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { exitCode: status ?? 137, message };
}

export function podPath({ metadata }: Pod): string {
  return `/api/v1/namespaces/${metadata?.namespace ?? ''}/pods/${metadata?.name ?? ''}`;
}

function statusOf(name: string, state: object): object {
  return { ...{ name, image: 'none', imageID: '', ready: false, restartCount: 0 }, state };
}

/** Its whole process group: what a container's end takes with it. */
function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(signal === 'SIGTERM' ? pid : -pid, signal);
  } catch {
    // It has ended by itself.
  }
}
