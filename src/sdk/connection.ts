import { ApiError } from './errors';
import type { ServerFile } from './serverFile';
import { serverFileOf } from './serverFile';

export interface ClientOptions {
  /** Default: BENCHYARD_URL, else what the server on this machine tells of itself. */
  readonly url?: string;
  /** Default: BENCHYARD_TOKEN, else what the server on this machine tells of itself. */
  readonly token?: string;
  /** The file in which a server tells of itself. Default: BENCHYARD_TOKEN_FILE, else the one in the user's state folder. */
  readonly tokenFile?: string;
}

/** Where a server is, and what it wants to hear. */
export interface Connection {
  readonly url: string;
  readonly token: string | null;
}

/** Looked up for each request, so that a server that was started anew is found. */
export async function findServer(options: ClientOptions): Promise<Connection> {
  const env = environment();
  const url = options.url ?? env['BENCHYARD_URL'];
  const token = options.token ?? env['BENCHYARD_TOKEN'];
  if (url !== undefined && token !== undefined) return { url: trimmed(url), token };
  const told = await readServerFile(options.tokenFile);
  if (url === undefined && told === null)
    throw new ApiError(
      'No server has told of itself on this machine. Start one with `benchyard serve`, or name its address.',
      { status: null, code: 'no-server' },
    );
  const found = trimmed(url ?? told?.url ?? '');
  // A token is for the server that told it, and for no other.
  const own = told !== null && trimmed(told.url) === found ? told.token : null;
  return { url: found, token: token ?? own };
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '');
}

function environment(): Readonly<Record<string, string | undefined>> {
  return typeof process === 'undefined' ? {} : process.env;
}

/** null: there is none, or this is no place that has files. */
async function readServerFile(named: string | undefined): Promise<ServerFile | null> {
  if (typeof process === 'undefined') return null;
  try {
    const [{ readFile }, os] = await Promise.all([import('node:fs/promises'), import('node:os')]);
    const { env, platform } = process;
    const file = named ?? serverFileOf({ env, platform, homeDir: os.homedir() });
    return serverFile(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

function serverFile(value: unknown): ServerFile | null {
  if (typeof value !== 'object' || value === null) return null;
  const { url, token, pid } = { url: null, token: null, pid: 0, ...value } as Record<
    string,
    unknown
  >; // checked below
  if (typeof url !== 'string') return null;
  return {
    url,
    token: typeof token === 'string' ? token : null,
    pid: typeof pid === 'number' ? pid : 0,
  };
}
