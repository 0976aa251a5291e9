import type { KubernetesConfig } from '../../model';
import { RunnerError } from '../../model';
import type * as client from './client/index';
import type { Job, Pod, Secret } from './objects';

/** An API server answers within seconds, or is away. */
const patienceMs = 30_000;
/** So many objects are asked for in one answer. */
const pageSize = 500;
const jobs = { apiVersion: 'batch/v1', kind: 'Job' } as const;
const pods = { apiVersion: 'v1', kind: 'Pod' } as const;
const secrets = { apiVersion: 'v1', kind: 'Secret' } as const;

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

interface Selection {
  readonly labels: string;
  readonly fields?: string;
}

type Client = typeof client;
type Api = InstanceType<Client['KubernetesObjectApi']>;

/** The calls that a run makes to the API server of its cluster, through the official client. All throw `engine-unavailable`. */
export class Cluster {
  readonly #client: Client;
  readonly #api: Api;
  readonly #namespace: string;

  private constructor(client: Client, api: Api, namespace: string) {
    this.#client = client;
    this.#api = api;
    this.#namespace = namespace;
  }

  /** As kubectl finds it: KUBECONFIG, `~/.kube/config`, or the service account of the pod that this process runs in. */
  static async open({ context, namespace }: KubernetesConfig): Promise<Cluster> {
    const official = await import('./client/index');
    /** The one place that sees each request: none waits for an answer forever. */
    class PatientConfig extends official.KubeConfig {
      override async applySecurityAuthentication(
        request: Parameters<InstanceType<Client['KubeConfig']>['applySecurityAuthentication']>[0],
      ): Promise<void> {
        await super.applySecurityAuthentication(request);
        request.setSignal(AbortSignal.timeout(patienceMs));
      }
    }
    const config = new PatientConfig();
    try {
      config.loadFromDefault();
    } catch (error) {
      throw unavailable(`The kubeconfig cannot be read: ${messageOf(error)}`, error);
    }
    if (context !== undefined) {
      if (config.getContextObject(context) === null) {
        const known = config.getContexts().map(({ name }) => name);
        throw new RunnerError(
          'engine-unavailable',
          `The kubeconfig has no context "${context}"; it has ${known.join(', ') || 'none'}.`,
        );
      }
      config.setCurrentContext(context);
    }
    if (config.getCurrentCluster() === null)
      throw new RunnerError(
        'engine-unavailable',
        'There is no kubeconfig with a current context here. Set KUBECONFIG, or name a context with --kubernetes-context.',
      );
    const own = config.getContextObject(config.getCurrentContext())?.namespace;
    const api = official.KubernetesObjectApi.makeApiClient(config);
    return new Cluster(official, api, namespace ?? own ?? 'default');
  }

  get namespace(): string {
    return this.#namespace;
  }

  /** @returns the job as it would be: fields that the cluster does not know are gone */
  async tryJob(job: Job): Promise<Job> {
    return await this.#call('creating jobs', () =>
      this.#api.create(this.#own(jobs, job), undefined, 'All'),
    );
  }

  async createJob(job: Job): Promise<Job> {
    return await this.#call('creating a job', () => this.#api.create(this.#own(jobs, job)));
  }

  async setParallelism(name: string, parallelism: number): Promise<void> {
    const patch = { ...jobs, metadata: this.#named(name), spec: { parallelism } };
    await this.#call('changing a job', () => this.#merge(patch));
  }

  /** Removes a job and its pods. `waiting`: it can be seen until the last pod has ended. */
  async deleteJob(name: string, { waiting }: { readonly waiting: boolean }): Promise<void> {
    const propagation = waiting ? 'Foreground' : 'Background';
    await this.#delete(jobs, name, propagation);
  }

  async deletePod(name: string): Promise<void> {
    await this.#delete(pods, name);
  }

  async jobs(selection: Selection): Promise<readonly Job[]> {
    return await this.#list<Job>(jobs, selection);
  }

  async pods(selection: Selection): Promise<readonly Pod[]> {
    return await this.#list<Pod>(pods, selection);
  }

  /** Creates a secret or gives it these values. */
  async putSecret(secret: Secret): Promise<void> {
    const own = this.#own(secrets, secret);
    await this.#call('writing a secret', async () => {
      try {
        await this.#api.create(own);
      } catch (error) {
        if (!this.#is(error, 409)) throw error;
        await this.#merge(own);
      }
    });
  }

  /** The secret goes when the last of these jobs does. */
  async ownSecret(name: string, owners: readonly Job[]): Promise<void> {
    const ownerReferences = owners.flatMap(({ metadata: { name: job, uid } = {} }) =>
      job === undefined || uid === undefined ? [] : [{ ...jobs, name: job, uid }],
    );
    const patch = { ...secrets, metadata: { ...this.#named(name), ownerReferences } };
    await this.#call('changing a secret', () => this.#merge(patch));
  }

  async deleteSecret(name: string): Promise<void> {
    await this.#delete(secrets, name);
  }

  #own<T extends Job | Secret>(kind: Kind, object: T): T {
    return { ...object, ...kind, metadata: { ...object.metadata, namespace: this.#namespace } };
  }

  #named(name: string): { name: string; namespace: string } {
    return { name, namespace: this.#namespace };
  }

  #merge(patch: Parameters<Api['patch']>[0]): Promise<unknown> {
    const how = this.#client.PatchStrategy.MergePatch;
    return this.#api.patch(patch, undefined, undefined, undefined, undefined, how);
  }

  /** What is gone already is as it should be. */
  async #delete(kind: Kind, name: string, propagation?: string): Promise<void> {
    const object: Parameters<Api['delete']>[0] = { ...kind };
    Object.assign(object, { metadata: this.#named(name) });
    await this.#call('deleting', async () => {
      try {
        await this.#api.delete(object, undefined, undefined, undefined, undefined, propagation);
      } catch (error) {
        if (!this.#is(error, 404)) throw error;
      }
    });
  }

  async #list<T extends Job | Pod>(
    { apiVersion, kind }: Kind,
    { labels, fields }: Selection,
  ): Promise<readonly T[]> {
    const found: T[] = [];
    let next: string | undefined;
    do {
      const from = next;
      const page = await this.#call(`listing ${kind.toLowerCase()}s`, () =>
        this.#api.list<T>(
          ...([apiVersion, kind, this.#namespace, undefined, undefined, undefined] as const),
          ...([fields, labels, pageSize, from] as const),
        ),
      );
      found.push(...page.items);
      next = page.metadata?._continue;
    } while (next !== undefined && next !== '');
    return found;
  }

  #is(error: unknown, code: number): boolean {
    return error instanceof this.#client.ApiException && error.code === code;
  }

  async #call<T>(what: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const refused = error instanceof this.#client.ApiException ? error : null;
      const said = refused === null ? messageOf(error) : wordsOf(refused.body);
      const mending =
        refused === null
          ? 'The API server does not answer. Try again with benchyard resume.'
          : mendingOf(refused.code);
      throw unavailable(
        `The cluster refused ${what} in the namespace ${this.#namespace}: ${said}`,
        error,
        mending,
      );
    }
  }
}

function unavailable(text: string, cause: unknown, mending = ''): RunnerError {
  const message = `${text.replace(/[.\s]*$/, '.')} ${mending}`.trim();
  return new RunnerError('engine-unavailable', message, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The API server's own words out of its `Status`. */
function wordsOf(body: unknown): string {
  const status: unknown = typeof body === 'string' ? parsed(body) : body;
  return typeof status === 'object' && status !== null && 'message' in status
    ? String(status.message)
    : String(body);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** What can be done about a call that was refused. */
function mendingOf(code: number): string {
  switch (code) {
    case 401:
      return 'Log in to the cluster again (kubectl get pods does the same), then benchyard resume.';
    case 403:
      return 'Your account needs the verbs create, get, list, patch and delete on jobs and secrets, list and delete on pods.';
    case 404:
      return 'Name a namespace that exists with --kubernetes-namespace.';
    case 422:
      return 'The template of the jobs (BENCHYARD_JOB_TEMPLATE) says something that this cluster does not take.';
    default:
      return 'kubectl get events tells more.';
  }
}
