import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pod } from '../../src/runner/engines/kubernetes/objects';
import { program } from './cli';
import { shareRoots } from './sharedRoots';
import { KubernetesNode, podPath } from './kubernetesNode';
import type { Ask } from './recordedCluster';

/** Programs of Kubernetes, by the variable that its own tests find them with; etcd is a package of Debian's, too. */
const assets = process.env['KUBEBUILDER_ASSETS'] ?? '';
const token = 'of-the-tests';

/** Why there can be no cluster on this machine; null: there can. */
export function kubernetesProblem(): string | null {
  const missing = ['kube-apiserver', 'kube-controller-manager', 'etcd'].filter(
    (name) => programOf(name) === null,
  );
  return missing.length === 0
    ? null
    : `no ${missing.join(', ')} (point KUBEBUILDER_ASSETS to a folder with them)`;
}

function programOf(name: string): string | null {
  const own = path.join(assets, name);
  if (assets !== '' && existsSync(own)) return own;
  try {
    return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * A real API server with its etcd and the controllers of jobs, on this machine. Nodes are processes of the test that do as
 * a scheduler and a kubelet would.
 */
export class KubernetesCluster implements AsyncDisposable {
  /** Runs, tasks and caches: what nodes see too. */
  readonly folder: string;
  readonly nodes: readonly KubernetesNode[];
  readonly kubeconfig: string;
  readonly #base: string;
  readonly #ports: { readonly api: number; readonly etcd: number; readonly peer: number };
  readonly #processes = new Map<string, ChildProcess>();
  readonly #stop = new AbortController();

  private constructor(
    base: string,
    ports: { readonly api: number; readonly etcd: number; readonly peer: number },
    nodes: number,
    env: Readonly<Record<string, string>>,
  ) {
    this.#base = base;
    this.#ports = ports;
    this.folder = path.join(base, 'shared');
    this.kubeconfig = path.join(base, 'kubeconfig');
    this.nodes = Array.from(
      { length: nodes },
      (_, n) => new KubernetesNode(`node${n + 1}`, { api: this, capacity: 2, env }),
    );
  }

  static async start({
    nodes,
    env,
  }: {
    readonly nodes: number;
    /** Variables that programs on the nodes have. */
    readonly env: Readonly<Record<string, string>>;
  }): Promise<KubernetesCluster> {
    const base = await realpath(await mkdtemp(path.join(os.tmpdir(), 'benchyard-kubernetes-')));
    const ports = { api: await freePort(), etcd: await freePort(), peer: await freePort() };
    const cluster = new KubernetesCluster(base, ports, nodes, env);
    await shareRoots(path.join(cluster.folder, 'cache'));
    await cluster.#files();
    cluster.#run('etcd', [
      `--data-dir=${path.join(base, 'etcd')}`,
      `--listen-client-urls=http://127.0.0.1:${ports.etcd}`,
      `--advertise-client-urls=http://127.0.0.1:${ports.etcd}`,
      `--listen-peer-urls=http://127.0.0.1:${ports.peer}`,
      '--unsafe-no-fsync',
    ]);
    await cluster.startServer();
    cluster.#run('kube-controller-manager', [
      `--kubeconfig=${cluster.kubeconfig}`,
      '--controllers=job-controller,garbage-collector-controller,ttl-after-finished-controller',
      '--leader-elect=false',
      '--secure-port=0',
    ]);
    for (const { name } of cluster.nodes)
      await cluster.call('POST', '/api/v1/nodes', {
        ...{ apiVersion: 'v1', kind: 'Node', metadata: { name } },
      });
    void cluster.#work();
    return cluster;
  }

  /** Variables of whoever starts runs: the cluster, and a template whose pods see its folder. */
  get env(): Readonly<Record<string, string>> {
    return {
      KUBECONFIG: this.kubeconfig,
      BENCHYARD_JOB_TEMPLATE: path.join(this.#base, 'job.yaml'),
      BENCHYARD_CACHE: path.join(this.folder, 'cache'),
    };
  }

  async call(method: string, at: string, body?: object): Promise<unknown> {
    const type = method === 'PATCH' ? 'application/strategic-merge-patch+json' : 'application/json';
    const { status, answer } = await this.ask(method, at, body, type);
    if (status >= 300) throw new Error(`${method} ${at}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }

  readonly ask: Ask = async (method, at, body, type) => {
    const request = https.request({
      ...{ host: '127.0.0.1', port: this.#ports.api, path: at, method, rejectUnauthorized: false },
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      agent: false,
    });
    request.end(body === undefined || body === null ? undefined : JSON.stringify(body));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    for await (const part of response.setEncoding('utf8')) text += String(part);
    return { status: response.statusCode ?? 0, answer: JSON.parse(text) as unknown };
  };

  async version(): Promise<string> {
    return ((await this.call('GET', '/version')) as { gitVersion: string }).gitVersion;
  }

  async startServer(): Promise<void> {
    const at = (name: string): string => path.join(this.#base, name);
    this.#run('kube-apiserver', [
      `--etcd-servers=http://127.0.0.1:${this.#ports.etcd}`,
      `--cert-dir=${at('certs')}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${this.#ports.api}`,
      `--token-auth-file=${at('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--disable-admission-plugins=ServiceAccount',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--service-account-issuer=https://localhost',
      `--service-account-key-file=${at('sa.key')}`,
      `--service-account-signing-key-file=${at('sa.key')}`,
    ]);
    for (;;) {
      try {
        await this.call('GET', '/api/v1/namespaces/default');
        return;
      } catch {
        await delay(100);
      }
    }
  }

  async stopServer(): Promise<void> {
    await this.#end('kube-apiserver');
  }

  /** A node is lost: what ran there ends, and the cluster takes its pods from it after a while. */
  async killNode(n: number): Promise<void> {
    const node = this.nodes[n - 1];
    if (node === undefined) throw new Error(`there is no node ${n}`);
    node.kill();
    for (const pod of await this.pods())
      if (pod.spec?.nodeName === node.name) {
        const lost = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' };
        await this.call('PATCH', `${podPath(pod)}/status`, { status: { conditions: [lost] } });
        await this.call('DELETE', podPath(pod));
      }
  }

  async pods(): Promise<readonly Pod[]> {
    const fields = encodeURIComponent('status.phase!=Succeeded,status.phase!=Failed');
    return ((await this.call('GET', `/api/v1/pods?fieldSelector=${fields}`)) as { items: Pod[] })
      .items;
  }

  /** What runs left there: jobs, pods, secrets. */
  async left(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const at of ['/apis/batch/v1/jobs', '/api/v1/pods', '/api/v1/secrets']) {
      const { items } = (await this.call('GET', at)) as { items: Pod[] };
      found.push(...items.map(({ metadata }) => `${at}: ${metadata?.name ?? ''}`));
    }
    return found;
  }

  /** What to look at when a test failed. */
  async account(): Promise<string> {
    const log = async (name: string): Promise<string> => {
      const text = await readFile(path.join(this.#base, `${name}.log`), 'utf8').catch(String);
      return text.split('\n').slice(-15).join('\n');
    };
    const left = await this.left().catch((error: unknown) => [String(error)]);
    return [...left, await log('kube-apiserver'), await log('kube-controller-manager')].join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const node of this.nodes) node.kill();
    for (const name of [...this.#processes.keys()].reverse()) await this.#end(name);
    await rm(this.#base, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  async #files(): Promise<void> {
    const at = (name: string): string => path.join(this.#base, name);
    await mkdir(at('certs'));
    execFileSync('openssl', ['genrsa', '-out', at('sa.key'), '2048'], { stdio: 'ignore' });
    await writeFile(at('tokens.csv'), `${token},tests,1,"system:masters"\n`);
    const server = `https://127.0.0.1:${this.#ports.api}`;
    await writeFile(
      this.kubeconfig,
      JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'tests' },
        clusters: [{ name: 'tests', cluster: { server, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'tests', user: { token } }],
        contexts: [{ name: 'tests', context: { cluster: 'tests', user: 'tests' } }],
      }),
    );
    await writeFile(at('job.yaml'), templateFor(this.folder));
  }

  #run(name: string, args: readonly string[]): void {
    const child = spawn(programOf(name) ?? name, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(path.join(this.#base, `${name}.log`), { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.#processes.set(name, child);
  }

  async #end(name: string): Promise<void> {
    const child = this.#processes.get(name);
    this.#processes.delete(name);
    if (child?.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(timer);
  }

  /** Scheduler and kubelets. */
  async #work(): Promise<void> {
    const taken = new Set<string>();
    while (!this.#stop.signal.aborted) {
      try {
        for (const pod of await this.pods()) {
          const uid = pod.metadata?.uid ?? '';
          const { nodeName } = pod.spec ?? {};
          const isDeleted = pod.metadata?.deletionTimestamp !== undefined;
          if (nodeName !== undefined)
            await this.nodes.find(({ name }) => name === nodeName)?.see(pod);
          else if (isDeleted) await this.call('DELETE', `${podPath(pod)}?gracePeriodSeconds=0`);
          else if (!taken.has(uid)) {
            const node = this.#roomiest();
            if (node === undefined) continue;
            taken.add(uid);
            await node.take(pod);
          }
        }
      } catch {
        // The API server is being restarted, or a pod is gone already.
      }
      await delay(100);
    }
  }

  #turn = 0;
  #roomiest(): KubernetesNode | undefined {
    this.#turn += 1;
    const { length } = this.nodes;
    return Array.from({ length }, (_, n) => this.nodes[(n + this.#turn) % length]).find(
      (node) => node?.hasRoom === true,
    );
  }
}

/** A template as a user would write it, for nodes that see this machine's files. */
export function templateFor(folder: string): string {
  const worker = `${process.execPath} ${program}`;
  return `apiVersion: batch/v1
kind: Job
metadata:
  labels: { team: evaluation }
spec:
  template:
    spec:
      containers:
        - name: worker
          image: registry.example/benchyard:latest
          env: [{ name: BENCHYARD_WORKER, value: ${JSON.stringify(worker)} }]
          volumeMounts: [{ name: lab, mountPath: ${JSON.stringify(folder)} }]
      volumes: [{ name: lab, persistentVolumeClaim: { claimName: lab } }]
`;
}
