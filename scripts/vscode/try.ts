// `npm run try`: a real VS Code in the browser, with the extension and the sample tasks in it. Runs until Ctrl+C.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstallation } from './installation';
import { freePort, VsCodeServer } from './server';

const PREFERRED_PORT = 8765;

/** The port asked for; without one the usual, so that the address stays the same from one start to the next. */
async function chosenPort(): Promise<number> {
  const { values } = parseArgs({ options: { port: { type: 'string' } } });
  if (values.port === undefined) return freePort(PREFERRED_PORT).catch(() => freePort());
  return freePort(Number(values.port));
}

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        resolve();
      });
    }
  });
}

async function main(): Promise<void> {
  const root = process.cwd();
  const port = await chosenPort();
  const installation = await ensureInstallation((line) => {
    console.error(line);
  });
  const homeDir = await mkdtemp(path.join(tmpdir(), 'benchyard-try-'));
  try {
    const folder = path.join(homeDir, 'samples');
    await cp(path.join(root, 'samples'), folder, { recursive: true });
    await using server = await VsCodeServer.start({
      kind: 'code-server',
      installation,
      homeDir,
      port,
      extension: { link: root },
    });
    console.log(
      `VS Code with Benchyard and a copy of the samples: ${server.url}?folder=${encodeURI(folder)}`,
    );
    console.log('Ctrl+C stops it.');
    await Promise.race([untilInterrupted(), server.ended]);
  } finally {
    await rm(homeDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
