import type * as z from 'zod';
import { Again } from './repeat';
import { unavailable, unreachable } from './unavailable';

/** A request as it is sent to whatever address it is led to. */
export interface Asking {
  /** What is asked for, in words. */
  readonly what: string;
  /** Who is asked, in words that begin no sentence: `the hub`. */
  readonly server: string;
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
  /** Who asks. Told to this origin alone, and to no server that it redirects to. */
  readonly credentials: { readonly origin: string; readonly authorization: string } | null;
}

/** Headers must come within this time; then a request is made again. */
const headersTimeoutMs = 60_000;
const longestRedirectChain = 5;

/**
 * Asks, and goes where the answers lead; the answer's `url` is where that was. Rejects with `Again` when no answer comes.
 */
export async function follow(start: URL, asking: Asking): Promise<Response> {
  const { what, server } = asking;
  let url = start;
  for (let redirects = 0; redirects <= longestRedirectChain; redirects += 1) {
    const response = await ask(url, asking);
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    const next = URL.canParse(location, url.href) ? new URL(location, url) : null;
    if (next === null || !mayLead(url, next))
      throw unavailable(`${what}: ${server} redirects to where nothing can be fetched from.`);
    url = next;
  }
  throw unavailable(`${what}: ${server} redirects without an end.`);
}

/** An answer's JSON. Rejects with `Again` when it breaks off. */
export async function parsedAnswer<T extends z.ZodType>(
  response: Response,
  schema: T,
  { what, server }: Pick<Asking, 'what' | 'server'>,
): Promise<z.output<T>> {
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    throw new Again(unreachable({ what, server }, error));
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw unavailable(`${what}: the answer of ${server} is not what it must be.`, { cause: error });
  }
}

/** fetch knows more protocols than servers may choose from, and what began encrypted must not end in the open. */
function mayLead(from: URL, to: URL): boolean {
  return to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:');
}

async function ask(
  url: URL,
  { credentials, headers, signal, ...asking }: Asking,
): Promise<Response> {
  const own =
    credentials !== null && url.origin === credentials.origin
      ? { authorization: credentials.authorization }
      : {};
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
  }, headersTimeoutMs);
  try {
    return await fetch(url, {
      headers: { ...headers, ...own },
      redirect: 'manual',
      signal: AbortSignal.any([signal, late.signal]),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new Again(unreachable(asking, error));
  } finally {
    clearTimeout(timer);
  }
}
