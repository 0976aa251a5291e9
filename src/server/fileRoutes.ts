import { Readable } from 'node:stream';
import type { Context } from 'hono';
import type { App, AppEnv, AppParts } from './app';
import { refuse } from './guards';
import * as routes from './routes';
import { openBelow } from './runFiles';

const prefix = '/files/';

/** Files of the runs folder. */
export function addFileRoutes(app: App, { runsDir }: Pick<AppParts, 'runsDir'>): void {
  app.openAPIRegistry.registerPath(routes.getFile);
  // What leads out of /files before it is routed asks for the same as what does so afterwards.
  app.use(async (c, next) => {
    const detail = 'Only files of the runs folder are served.';
    if (rawPath(c).startsWith(prefix) && !c.req.path.startsWith(prefix))
      return refuse(c, { status: 403, code: 'forbidden', detail });
    await next();
    return;
  });
  app.get(`${prefix}*`, async (c) => {
    const { handle, bytes, type } = await openBelow(runsDir, rawPath(c).slice(prefix.length));
    const headers = { 'content-type': type, 'content-length': String(bytes) };
    if (c.req.method === 'HEAD' || bytes === 0) {
      await handle.close();
      return c.body(null, 200, headers);
    }
    // Up to where the file ended when it was opened: it may be growing.
    const content = handle.createReadStream({ start: 0, end: bytes - 1 });
    return c.body(Readable.toWeb(content), 200, headers);
  });
}

/** The path as the client sent it: what is made of it on the way resolves `..`, which has to be refused. */
function rawPath(c: Context<AppEnv>): string {
  const raw = c.env.incoming.url ?? '';
  return raw.startsWith('/') ? (raw.split('?')[0] ?? '') : c.req.path;
}
