import type { Context } from 'hono';
import type { HttpBindings } from '@hono/node-server';
import type { Hook } from '@hono/zod-openapi';
import { OpenAPIHono } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import * as z from 'zod';
import type { Runner } from '../runner/index';
import { runConfigSchema } from '../runner/model';
import { addCatalogueRoutes } from './catalogueRoutes';
import { addFileRoutes } from './fileRoutes';
import { onlyOurOrigin, onlySmallBodies, onlyWithToken, refuse, safeHeaders } from './guards';
import { refusalOf } from './problems';
import * as routes from './routes';
import type { RunDesk } from './runDesk';
import { addRunRoutes } from './runRoutes';
import type { RunViews } from './runViews';

export interface AppParts {
  readonly runner: Runner;
  readonly desk: RunDesk;
  readonly views: RunViews;
  /** Absolute. */
  readonly runsDir: string;
  readonly dataDir: string | undefined;
  readonly version: string;
  /** null: everybody who reaches the server may use it. */
  readonly token: string | null;
  /** Names besides `localhost` and addresses that clients may use for this machine. */
  readonly hostnames: readonly string[];
  /** Clients that may follow events at the same time. */
  readonly mostStreams: number;
  /** Aborts when the server closes. */
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

export interface AppEnv {
  Bindings: HttpBindings;
}
export type App = OpenAPIHono<AppEnv>;

const invalid: Hook<unknown, AppEnv, string, Response | undefined> = (result, c) =>
  result.success
    ? undefined
    : refuse(c, { status: 400, code: 'invalid-request', detail: z.prettifyError(result.error) });

/** The HTTP application: guards, then routes, each of which asks the core and sends what it says. */
export function createApp(parts: AppParts): App {
  const app: App = new OpenAPIHono<AppEnv>({ defaultHook: invalid });
  app.use(safeHeaders, onlyOurOrigin(parts.hostnames));
  addOpenRoutes(app, parts);
  app.use(onlyWithToken(parts.token), onlySmallBodies);
  addRunRoutes(app, parts);
  addFileRoutes(app, parts);
  addCatalogueRoutes(app, parts);
  app.notFound((c) =>
    refuse(c, { status: 404, code: 'no-route', detail: 'There is nothing here.' }),
  );
  app.onError((error, c) => failed(error, c, parts));
  return app;
}

/** What tells nothing of anybody's runs. */
function addOpenRoutes(app: App, { version }: AppParts): void {
  app.openapi(routes.getHealth, (c) => c.json({ status: 'ok' as const, version }, 200));
  const scheme = { type: 'http', scheme: 'bearer' } as const;
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', scheme);
  // JSON Schema is the language of OpenAPI 3.1; both libraries have types of their own for it.
  const config = z.toJSONSchema(runConfigSchema, { io: 'input' }) as Record<string, object>;
  app.openAPIRegistry.registerComponent('schemas', 'RunConfig', config);
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Benchyard', version, description: 'Runs of coding-agent benchmarks' },
    security: [{ token: [] }],
  });
}

function failed(error: Error, c: Context<AppEnv>, { log }: AppParts): Response {
  if (error instanceof HTTPException) {
    if (error.status === 415)
      return refuse(c, { status: 415, code: 'not-json', detail: 'Send application/json.' });
    return refuse(c, { status: 400, code: 'invalid-request', detail: error.message });
  }
  const refusal = refusalOf(error, { asked: c.req.method === 'POST' && c.req.path === '/runs' });
  if (refusal.status === 500) log(`${c.req.method} ${c.req.path}: ${error.stack ?? error.message}`);
  return refuse(c, refusal);
}
