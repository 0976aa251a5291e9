import PQueue from 'p-queue';
import { Command, Option } from 'commander';
import { nodeHost } from '../../src/nodeHost';
import { createRunner } from '../../src/runner/index';
import type { SandboxName } from '../support/sandboxes';
import { Account, randomNumbers } from './account';
import { SoakRun } from './soakRun';
import type { World } from './world';
import { makeWorld } from './world';

/** What a trial may add to a process: its result stays, for the report. */
const bytesATrial = 40_000;

interface Options {
  readonly trials: string;
  readonly seconds: string;
  readonly seed: string;
  readonly runSize: string;
  readonly parallel: string;
  readonly sandbox: readonly SandboxName[];
}

async function soak(options: Options): Promise<void> {
  const account = new Account();
  const random = randomNumbers(Number(options.seed));
  console.log(`seed ${options.seed}`);
  {
    await using world = await makeWorld(options.sandbox, { account, random });
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        // What it started would go on without it.
        void Promise.resolve(world[Symbol.asyncDispose]()).finally(() => process.exit(130));
      });
    const sandboxes = options.sandbox.filter((name) => name !== 'docker' || world.docker !== null);
    if (sandboxes.length === 0) throw new Error('there is no sandbox to soak');
    await troubled(world, sandboxes, options);
    await calm(world, sandboxes[0] ?? 'bubblewrap', Number(options.trials));
    await lookAround(world);
  }
  account.print();
  process.exitCode = account.problems.length === 0 ? 0 : 1;
}

/** Runs with faults, some at a time, until all trials are done or the time is over. */
async function troubled(
  world: World,
  sandboxes: readonly SandboxName[],
  options: Options,
): Promise<void> {
  const deadline = performance.now() + Number(options.seconds) * 1000;
  const size = Number(options.runSize);
  const queue = new PQueue({ concurrency: Number(options.parallel) });
  const count = Math.ceil(Number(options.trials) / size);
  for (let n = 0; n < count; n += 1) {
    const sandbox = sandboxes[n % sandboxes.length] ?? 'bubblewrap';
    const hasModel = n % 4 === 3;
    void queue.add(async () => {
      if (performance.now() > deadline) {
        world.account.count('runs that the time did not allow');
        return;
      }
      const name = `${sandbox}-${hasModel ? 'model' : 'gold'}-${String(n)}`;
      const faults = Math.ceil(size / 5);
      await new SoakRun(world, { name, sandbox, trials: size, hasModel, faults }).go();
      console.error(`${name} is done (${String(world.account.of('trials'))} trials)`);
    });
  }
  await queue.onIdle();
}

/** One long run that nothing happens to: what its process holds must not grow with what it did. */
async function calm(world: World, sandbox: SandboxName, trials: number): Promise<void> {
  const count = Math.max(40, Math.floor(trials / 5));
  const run = new SoakRun(world, {
    name: 'calm',
    sandbox,
    trials: count,
    hasModel: false,
    faults: 0,
  });
  await run.go();
  // The first quarter loads and compiles.
  const settled = run.heap.slice(Math.floor(run.heap.length / 4));
  const [first, last] = [settled.slice(0, 5), settled.slice(-5)].map(
    (some) => some.reduce((sum, bytes) => sum + bytes, 0) / some.length,
  );
  const growth = ((last ?? 0) - (first ?? 0)) / Math.max(1, settled.length - 5);
  world.account.count('bytes that a trial adds to its process', Math.round(growth));
  if (!(growth < bytesATrial))
    world.account.problem(`memory grows by ${String(growth)} bytes a trial`);
}

/** Whoever comes next removes what dead processes left; then nothing may be there. */
async function lookAround(world: World): Promise<void> {
  const { folder, cache, docker, account } = world;
  const env = { ...process.env, ...docker?.env };
  const host = nodeHost({ cwd: folder, cacheDir: cache, env, tempDir: `${folder}/tmp` });
  await using runner = createRunner(host);
  account.count(
    'things that dead processes left, removed',
    await runner.reap({ signal: AbortSignal.timeout(120_000) }),
  );
  for (const left of await world.leftBehind()) account.problem(`left behind: ${left}`);
}

const program = new Command('npm run soak --')
  .description(
    'Runs trials in many processes while all kinds of things go wrong, and keeps account.',
  )
  .option('--trials <n>', 'trials in all, without those of the run that is left in peace', '1000')
  .option('--seconds <s>', 'no further run is begun after this time', '7200')
  .option('--seed <n>', 'seed of everything random', '20260131')
  .option('--run-size <n>', 'trials of a run', '50')
  .option('--parallel <n>', 'runs at the same time', '2')
  .addOption(
    new Option('--sandbox <name...>', 'sandboxes in turn')
      .choices(['bubblewrap', 'docker'])
      .default(['bubblewrap', 'docker']),
  )
  .action(soak);
void program.parseAsync().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
