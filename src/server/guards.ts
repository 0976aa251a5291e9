import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import type { AppEnv } from './app';
import type { Refusal } from './problems';
import { problem } from './problems';

/** A request for a run is small. */
const mostBodyBytes = 1024 ** 2;

/** Sends a problem under its own media type. */
export function refuse(c: Context, refusal: Refusal): Response {
  return c.json(problem(refusal), refusal.status, { 'content-type': 'application/problem+json' });
}

/** For every answer: nothing is kept by anybody, and a browser takes nothing for what it is not. */
export const safeHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  c.res.headers.set('cache-control', 'no-store');
  c.res.headers.set('x-content-type-options', 'nosniff');
  c.res.headers.set('content-security-policy', "default-src 'none'; sandbox");
};

/**
 * A page of another origin can make a browser ask this server: under a name of its own that leads here (DNS rebinding), or
 * across origins. The first is told by the Host header: addresses cannot be made to lead elsewhere, names can. The second
 * by Origin, which a page cannot leave out where it matters.
 */
export function onlyOurOrigin(names: readonly string[]): MiddlewareHandler {
  const known = new Set(['localhost', ...names].map((name) => name.toLowerCase()));
  return async (c, next) => {
    const host = c.req.header('host') ?? '';
    if (!isOurs(hostnameOf(`http://${host}`), known))
      return refuse(c, {
        status: 421,
        code: 'wrong-host',
        detail: 'This server is not known by that name. Allow it with --allow-host.',
      });
    const origin = c.req.header('origin');
    if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
      return refuse(c, {
        status: 403,
        code: 'wrong-origin',
        detail: 'Pages of other origins are not answered.',
      });
    await next();
    return;
  };
}

function hostnameOf(address: string): string | null {
  try {
    return new URL(address).hostname.replace(/^\[|\]$/g, '').toLowerCase();
  } catch {
    return null;
  }
}

function isOurs(hostname: string | null, known: ReadonlySet<string>): boolean {
  if (hostname === null) return false;
  return isIP(hostname) !== 0 || known.has(hostname) || hostname.endsWith('.localhost');
}

/** null: everybody who reaches the server may use it. */
export function onlyWithToken(token: string | null): MiddlewareHandler {
  const expected = token === null ? null : digest(`Bearer ${token}`);
  return async (c, next) => {
    const given = c.req.header('authorization') ?? '';
    // Digests are of one length, so that the comparison takes as long for any text.
    if (expected !== null && !timingSafeEqual(expected, digest(given))) {
      c.header('www-authenticate', 'Bearer realm="benchyard"');
      return refuse(c, {
        status: 401,
        code: 'unauthorized',
        detail:
          "Send the server's token: Authorization: Bearer TOKEN. It stands in its token file.",
      });
    }
    await next();
    return;
  };
}

/**
 * Bodies say how long they are, and are not long. Told by the headers, since Node.js holds a body to them: nothing is read
 * that is refused. What a client still sends of it is thrown away, so that it gets to read the answer.
 */
export const onlySmallBodies: MiddlewareHandler<AppEnv> = async (c, next) => {
  const length = Number(c.req.header('content-length') ?? 0);
  const isChunked = c.req.header('transfer-encoding') !== undefined;
  if (length > mostBodyBytes || isChunked) {
    c.env.incoming.resume();
    return isChunked ? refuse(c, noLength) : refuse(c, tooLarge);
  }
  await next();
  return;
};

const tooLarge: Refusal = {
  status: 413,
  code: 'too-large',
  detail: 'A request has one megabyte at most.',
};
const noLength: Refusal = {
  status: 411,
  code: 'no-length',
  detail: 'Send a Content-Length: a body in chunks is not read.',
};

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
