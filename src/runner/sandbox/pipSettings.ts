import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from 'tar-stream';
import type { Host } from '../host';
import type { PipOptions } from './pipConfig';
import { parsePipConfig, pipConfigFiles, pipOptionsOf } from './pipConfig';

/** Where the files of pip's settings lie in a builder while it installs. */
export const pipFolder = '/tmp/benchyard-pip';

/** Wheels beyond this are not carried into a sandbox. */
const maxLinkBytes = 512 * 1024 ** 2;

export interface PipFile {
  /** Below `pipFolder`. */
  readonly path: string;
  readonly source: string;
}

/**
 * How this user's pip reaches its packages, for the install stage of a builder and nothing else: the variables must not
 * outlive the stage, and `pipFolder` has to be removed before the builder becomes a snapshot. Values may hold
 * credentials; whatever is shown or logged goes through `redactCredentials`.
 */
export interface PipSettings {
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly PipFile[];
  /** What of the user's settings cannot work inside a sandbox. */
  readonly notes: readonly string[];
}

/** Takes user names and passwords out of the URLs in a text. */
export function redactCredentials(text: string): string {
  return text.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1***@');
}

/** Reads the user's pip configuration, certificates and proxies. What is not there is left out; never fails for that. */
export async function collectPipSettings(
  host: Host,
  options: { readonly signal: AbortSignal },
): Promise<PipSettings> {
  const pip = await pipOptions(host, options.signal);
  const env: Record<string, string> = {};
  const files: PipFile[] = [];
  const notes: string[] = [];
  for (const [option, value] of Object.entries(pip)) {
    if (['find-links', 'cert', 'client-cert'].includes(option)) continue;
    env[variableOf(option)] = value;
  }
  await addCertificates(host, pip, { env, files });
  await addLinks(pip['find-links'] ?? '', { env, files, notes });
  addProxies(host, { env, notes });
  options.signal.throwIfAborted();
  return { env, files, notes };
}

/** The files of the settings as a tar archive that belongs below `pipFolder`; null when there are none. */
export async function packPipFiles(settings: PipSettings): Promise<Uint8Array | null> {
  if (settings.files.length === 0) return null;
  const archive = pack();
  for (const file of settings.files) {
    archive.entry(
      { name: file.path, mode: 0o600, mtime: new Date(0) },
      await readFile(file.source),
    );
  }
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function variableOf(option: string): string {
  return `PIP_${option.toUpperCase().replaceAll('-', '_')}`;
}

async function pipOptions(host: Host, signal: AbortSignal): Promise<PipOptions> {
  let options: PipOptions = {};
  for (const file of pipConfigFiles(host)) {
    signal.throwIfAborted();
    const text = await readFile(path.resolve(host.cwd, file), 'utf8').catch(() => null);
    if (text !== null) options = { ...options, ...parsePipConfig(text) };
  }
  return { ...options, ...pipOptionsOf(host.env) };
}

interface Collected {
  readonly env: Record<string, string>;
  readonly files: PipFile[];
}

/** Programs that an install command may call look for the bundle under these names. */
const bundleVariables = [
  'PIP_CERT',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'SSL_CERT_FILE',
  'GIT_SSL_CAINFO',
] as const;

async function addCertificates(host: Host, pip: PipOptions, into: Collected): Promise<void> {
  const candidates = [pip['cert'], ...bundleVariables.slice(1).map((name) => host.env[name])];
  for (const candidate of candidates) {
    if (candidate === undefined || candidate === '') continue;
    const source = path.resolve(host.cwd, candidate);
    if (!(await isFile(source))) continue;
    into.files.push({ path: 'ca.pem', source });
    for (const name of bundleVariables) into.env[name] = `${pipFolder}/ca.pem`;
    break;
  }
  const client = pip['client-cert'];
  if (client === undefined || !(await isFile(path.resolve(host.cwd, client)))) return;
  into.files.push({ path: 'client.pem', source: path.resolve(host.cwd, client) });
  into.env['PIP_CLIENT_CERT'] = `${pipFolder}/client.pem`;
}

/** Addresses stay, local folders and files are carried in. */
async function addLinks(value: string, into: Collected & { notes: string[] }): Promise<void> {
  const links: string[] = [];
  let room = maxLinkBytes;
  for (const link of value.split(/\s+/).filter(Boolean)) {
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(link) && !link.startsWith('file://')) {
      links.push(link);
      continue;
    }
    const source = link.startsWith('file://') ? fileURLToPath(link) : link;
    const name = `links-${createHash('sha256').update(source).digest('hex').slice(0, 8)}`;
    const found = await packagesIn(source);
    const bytes = found.reduce((sum, file) => sum + file.bytes, 0);
    if (found.length === 0) continue;
    if (bytes > room) {
      into.notes.push(
        `pip's find-links folder ${source} is too large to be carried into a sandbox.`,
      );
      continue;
    }
    room -= bytes;
    links.push(`${pipFolder}/${name}`);
    for (const file of found) into.files.push({ path: `${name}/${file.name}`, source: file.path });
  }
  if (links.length > 0) into.env['PIP_FIND_LINKS'] = links.join(' ');
}

async function packagesIn(
  folder: string,
): Promise<readonly { name: string; path: string; bytes: number }[]> {
  const names = await readdir(folder).catch(() => []);
  const packages = names.filter((name) => /\.(whl|zip|tar\.(gz|bz2|xz))$/.test(name)).sort();
  return Promise.all(
    packages.map(async (name) => {
      const file = path.join(folder, name);
      return { name, path: file, bytes: (await stat(file)).size };
    }),
  );
}

function addProxies(
  host: Host,
  into: { readonly env: Record<string, string>; readonly notes: string[] },
): void {
  for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy']) {
    const value = host.env[name] ?? host.env[name.toUpperCase()];
    if (value === undefined || value === '') continue;
    into.env[name] = value;
    into.env[name.toUpperCase()] = value;
    if (name !== 'no_proxy' && /\/\/(?:[^@/]*@)?(?:localhost|127\.|\[::1\])/.test(value)) {
      into.notes.push(
        `The proxy ${redactCredentials(value)} listens on this machine only; a container cannot reach it.`,
      );
    }
  }
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
