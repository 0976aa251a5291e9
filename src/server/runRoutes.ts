import { RunnerError } from '../runner/model';
import type { App, AppParts } from './app';
import { eventStream } from './eventStream';
import { Busy } from './problems';
import * as routes from './routes';
import { listArtifacts } from './runFiles';

/** Runs: asking for them, following them, stopping them. */
export function addRunRoutes(app: App, parts: AppParts): void {
  const { desk, views } = parts;
  app.openapi(routes.createRun, async (c) => {
    const { runId: run_id } = await desk.accept(c.req.valid('json'));
    return c.json({ run_id, status: 'queued' as const }, 202, { location: `/runs/${run_id}` });
  });
  app.openapi(routes.listRuns, async (c) =>
    c.json(await views.list(c.req.valid('query'), c.req.raw.signal), 200),
  );
  app.openapi(routes.getRun, async (c) =>
    c.json(await views.read(c.req.valid('param').id, c.req.raw.signal), 200),
  );
  app.openapi(routes.getRunSummary, async (c) =>
    c.json(await views.summarize(c.req.valid('param').id, c.req.raw.signal), 200),
  );
  app.openapi(routes.getRunArtifacts, async (c) => {
    const { id } = c.req.valid('param');
    await views.statusOf(id, c.req.raw.signal);
    return c.json(await listArtifacts(views.folderOf(id), id), 200);
  });
  app.openapi(routes.cancelRun, async (c) => {
    const { id } = c.req.valid('param');
    const had = await desk.cancel(id);
    const status = await views.statusOf(id, c.req.raw.signal);
    if (!had && status === 'running')
      throw new RunnerError('locked', `The run ${id} is held by another process: stop it there.`);
    return c.json({ run_id: id, status }, 202);
  });
  addEventRoute(app, parts);
}

function addEventRoute(app: App, { runner, desk, views, mostStreams, signal }: AppParts): void {
  const open = new Set<symbol>();
  app.openapi(routes.streamRunEvents, async (c) => {
    const { id } = c.req.valid('param');
    await views.statusOf(id, signal);
    if (open.size >= mostStreams) throw new Busy('Too many clients follow events. Try again.');
    const headers = { 'content-type': 'text/event-stream' };
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    const stream = Symbol(id);
    open.add(stream);
    const after = c.req.valid('header')['last-event-id'];
    const goesOn = (): boolean => desk.find(id) !== null;
    const events = (stop: AbortSignal): ReturnType<typeof runner.readRunEvents> =>
      runner.readRunEvents(views.folderOf(id), { after, goesOn, signal: stop });
    return c.body(eventStream(events, { signal, onEnd: () => open.delete(stream) }), 200, headers);
  });
}
