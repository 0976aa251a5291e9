import type { Host, Runner } from './runner/index';
import type { Config } from './views/config';
import type { StartedServer } from './views/serving/apiServer';

export interface EditorServerParts {
  readonly port: number;
  readonly host: Host;
  readonly runner: Runner;
  readonly config: Config;
  /** Told what an operator should know. */
  readonly log: (line: string) => void;
}

/** The HTTP server over this window's runs, for programs of this machine that know its token. */
export async function serveRuns(parts: EditorServerParts): Promise<StartedServer> {
  const { port, host, runner, config, log } = parts;
  const { runsFolder, competitions } = config.run;
  const { startServer } = await import('./server/index');
  return startServer({
    runner,
    host,
    port,
    address: '127.0.0.1',
    runsDir: runsFolder,
    auth: true,
    runsAtOnce: 1,
    ...(competitions.data === '' ? {} : { dataDir: competitions.data }),
    allowHosts: [],
    log,
  });
}
