import { once } from 'node:events';
import type { Command } from 'commander';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus } from '../context';
import { integer } from '../numbers';

interface ServeFlags {
  readonly port: number;
  readonly host: string;
  readonly runsDir: string;
  readonly tokenFile?: string;
  readonly auth: boolean;
  readonly runsAtOnce: number;
  readonly dataDir?: string;
  readonly allowHost: string[];
}

export function addServeCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  program
    .command('serve')
    .description('serve runs over HTTP: put them into a queue, follow them, read what they came to')
    .option('--port <number>', 'port (0: any that is free)', integer(0), 8000)
    .option('--host <address>', 'address to listen at', '127.0.0.1')
    .option('--runs-dir <dir>', 'folder of the run folders; one server has it at a time', 'runs')
    .option(
      '--token-file <file>',
      "where address and token are told to clients (default: in the user's state folder)",
    )
    .option('--no-auth', 'answer everybody, without a token')
    .option('--runs-at-once <number>', 'runs that go on at the same time', integer(1), 1)
    .option('--data-dir <dir>', "folder of the competitions' data")
    .option('--allow-host <name...>', 'names by which clients may call this machine', [])
    .action(async ({ host: address, allowHost: allowHosts, ...flags }: ServeFlags) => {
      const { host, runner, signal, say } = context;
      const { startServer } = await import('../../server/index');
      await using server = await startServer({
        ...flags,
        runner: await runner(),
        host,
        address,
        allowHosts,
        log: say,
      });
      say(`serving ${flags.runsDir} at ${server.url}`);
      say(`told to clients in ${server.tokenFile}`);
      if (server.resumed > 0) say(`going on with ${String(server.resumed)} run(s)`);
      if (!signal.aborted) await once(signal, 'abort');
      done(exitStatus.done);
    });
}
