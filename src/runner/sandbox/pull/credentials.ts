import path from 'node:path';
import * as z from 'zod';
import type { Host } from '../../host';
import { runProgram } from '../../program';
import { readIfThere } from '../../store/files';
import { dockerHub } from './imageName';

/** What an engine hands on to a registry. Never logged, never kept. */
export type RegistryCredentials =
  | { readonly username: string; readonly password: string; readonly serveraddress: string }
  | { readonly identitytoken: string; readonly serveraddress: string };

const authSchema = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});
const configSchema = z.object({
  auths: z.record(z.string(), authSchema.catch({})).catch({}).default({}),
  credHelpers: z.record(z.string(), z.string()).catch({}).default({}),
  credsStore: z.string().optional().catch(undefined),
});
type DockerConfig = z.infer<typeof configSchema>;

const helperAnswerSchema = z.object({ Username: z.string(), Secret: z.string().min(1) });
const helperMs = 15_000;

/**
 * What the user gave Docker for a registry (`docker login`, a credential helper, DOCKER_AUTH_CONFIG), or null: then it is
 * asked anonymously. A helper that fails is reported by name alone.
 */
export async function credentialsFor(
  registry: string,
  host: Host,
  signal: AbortSignal,
): Promise<RegistryCredentials | null> {
  for (const config of await configsOf(host)) {
    const keys = keysOf(registry, config);
    const own = Object.entries(config.credHelpers).find(([key]) => sameRegistry(key, registry));
    const helper = own?.[1] ?? config.credsStore;
    if (helper !== undefined && /^[\w.-]+$/.test(helper)) {
      for (const key of keys) {
        const found = await askHelper(helper, key, { host, signal });
        if (found !== null) return found;
      }
    }
    for (const key of keys) {
      const found = plainCredentials(key, config);
      if (found !== null) return found;
    }
  }
  return null;
}

async function configsOf(host: Host): Promise<readonly DockerConfig[]> {
  const folder = host.env['DOCKER_CONFIG'] ?? path.join(host.homeDir, '.docker');
  const file = await readIfThere(path.join(folder, 'config.json')).catch(() => null);
  return [host.env['DOCKER_AUTH_CONFIG'], file].flatMap((text) => {
    if (text === undefined || text === null || text === '') return [];
    try {
      const config = configSchema.safeParse(JSON.parse(text));
      return config.success ? [config.data] : [];
    } catch {
      return []; // not ours to judge: Docker's own command says what is wrong with it
    }
  });
}

const hubKey = 'https://index.docker.io/v1/';

/** As whom credentials are kept: Docker Hub under the address of its first version, others under their names. */
function keysOf(registry: string, { auths }: DockerConfig): readonly string[] {
  const kept = Object.keys(auths).filter((key) => sameRegistry(key, registry));
  return [...new Set([...kept, registry === dockerHub ? hubKey : registry])];
}

function sameRegistry(key: string, registry: string): boolean {
  const [name = ''] = key.replace(/^https?:\/\//, '').split('/');
  const hub = ['index.docker.io', 'registry-1.docker.io', dockerHub];
  return registry === dockerHub ? hub.includes(name) : name === registry;
}

function plainCredentials(key: string, { auths }: DockerConfig): RegistryCredentials | null {
  const kept = auths[key];
  if (kept === undefined) return null;
  if (kept.identitytoken) return { identitytoken: kept.identitytoken, serveraddress: key };
  const decoded = Buffer.from(kept.auth ?? '', 'base64')
    .toString('utf8')
    .replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  const username = kept.username ?? decoded.slice(0, Math.max(colon, 0));
  const password = kept.password ?? decoded.slice(colon + 1);
  return username === '' || password === '' ? null : { username, password, serveraddress: key };
}

async function askHelper(
  helper: string,
  key: string,
  { host, signal }: { readonly host: Host; readonly signal: AbortSignal },
): Promise<RegistryCredentials | null> {
  const program = `docker-credential-${helper}`;
  const { failed, stdout, exitCode } = await runProgram(program, ['get'], {
    input: key,
    env: host.env,
    extendEnv: false,
    cancelSignal: signal,
    timeout: helperMs,
    reject: false,
  });
  signal.throwIfAborted();
  if (failed) {
    // 1: it has none for this registry.
    if (exitCode !== 1) host.log('warning', `${program} could not be asked for credentials`);
    return null;
  }
  const answer = parseAnswer(stdout);
  if (answer === null) return null;
  const { Username: username, Secret: secret } = answer;
  return username === '<token>'
    ? { identitytoken: secret, serveraddress: key }
    : { username, password: secret, serveraddress: key };
}

function parseAnswer(text: string): z.infer<typeof helperAnswerSchema> | null {
  try {
    return helperAnswerSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
