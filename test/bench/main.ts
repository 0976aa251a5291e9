import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { agentsBench } from './agents';
import { checkoutBench } from './checkout';
import { commandBench } from './command';
import { concurrencyBench } from './concurrency';
import { engineBench } from './engine';
import { gradingBench } from './grading';
import { judgeBench } from './judge';
import type { Bench, BenchContext, Row } from './measure';
import { meetsTarget, ratiosOf, spreadOf } from './measure';
import { slurmBench } from './slurm';
import { startupBench } from './startup';
import { formatTable } from './table';
import { teardownBench } from './teardown';
import { trajectoryBench } from './trajectory';
import { treesBench } from './trees';
import { trialBench } from './trial';
import { volumeBench } from './volume';

const benches: readonly Bench[] = [
  startupBench,
  volumeBench,
  gradingBench,
  commandBench,
  checkoutBench,
  trialBench,
  concurrencyBench,
  engineBench,
  teardownBench,
  trajectoryBench,
  agentsBench,
  treesBench,
  judgeBench,
  slurmBench,
];
const cacheDir = path.resolve('test/.cache/bench');

interface Options {
  readonly rounds: string;
  readonly samples: string;
  readonly repository?: string;
}

/** A row with what was made of it, for whoever compares two runs. */
function summary(row: Row): unknown {
  const ratios = ratiosOf(row);
  return {
    ...row,
    median: spreadOf(row.ours),
    ratio: ratios === null ? null : spreadOf(ratios),
    met: meetsTarget(row),
  };
}

async function run(names: readonly string[], options: Options): Promise<void> {
  const unknown = names.filter((name) => !benches.some((bench) => bench.name === name));
  if (unknown.length > 0)
    throw new Error(
      `no benchmark ${unknown.join(', ')}; there are ${benches.map(({ name }) => name).join(', ')}`,
    );
  const folder = await mkdtemp(path.join(os.tmpdir(), 'benchyard-bench-'));
  const context: BenchContext = {
    rounds: Number(options.rounds),
    samples: Number(options.samples),
    folder,
    cacheDir,
    repository: options.repository ?? null,
    signal: new AbortController().signal,
    say: (line) => {
      console.error(line);
    },
  };
  const results: Record<string, unknown> = {};
  try {
    for (const bench of benches) {
      if (names.length > 0 && !names.includes(bench.name)) continue;
      context.say(`… ${bench.title}`);
      const rows = await bench.run(context);
      console.log(formatTable(`${bench.name}: ${bench.title}`, rows));
      results[bench.name] = rows.map(summary);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await mkdir(cacheDir, { recursive: true });
  const time = new Date().toISOString();
  const file = path.join(cacheDir, `results-${time.slice(0, 19).replaceAll(':', '-')}.json`);
  const machine = { cores: os.availableParallelism(), node: process.version, load: os.loadavg() };
  await writeFile(file, `${JSON.stringify({ time, machine, results }, null, 2)}\n`);
  console.log(`written to ${path.relative('.', file)}`);
}

const program = new Command('npm run bench --')
  .description('Measures Benchyard against the same work done by hand, side by side.')
  .argument('[names...]', `of ${benches.map(({ name }) => name).join(', ')}; default: all`)
  .option('--rounds <n>', 'rounds of every comparison; one more warms up', '5')
  .option('--samples <n>', 'sample tasks of `concurrency`', '12')
  .option('--repository <path>', 'repository for the checkout; default: a generated one')
  .action(run);
void program.parseAsync().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
