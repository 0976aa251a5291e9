import type { Sandbox } from '../../src/runner/sandbox/sandbox';
import { createDockerProvider } from '../../src/runner/sandbox/docker';
import { runProgram } from './docker';
import type { Bench, BenchContext, Row, Samples } from './measure';
import { interleave, plainRow, timed } from './measure';
import { benchHost, trialSpec } from './samples';

const repeats = 5;
/** A command takes so little that one disturbance spoils a round: many short rounds. */
const roundsFactor = 5;

/** Starts the program itself, as often as asked, and prints the mean of its time in milliseconds. */
const selfTimer = `
import os, sys, time
count, argv = int(sys.argv[1]), sys.argv[2:]
started = time.monotonic()
for _ in range(count):
    os.waitpid(os.posix_spawnp(argv[0], argv, os.environ), 0)
print((time.monotonic() - started) * 1000 / count)
`;

async function mean(count: number, work: () => Promise<unknown>): Promise<number> {
  const total = await timed(async () => {
    for (let n = 0; n < count; n += 1) await work();
  });
  return total / count;
}

async function compare(
  argv: readonly string[],
  sandbox: Sandbox,
  { rounds, signal }: BenchContext,
): Promise<readonly Row[]> {
  const options = { timeoutMs: 60_000, signal };
  const { ours, itself, dockerExec } = await interleave(rounds * roundsFactor, {
    ours: () => mean(repeats, () => sandbox.exec(argv, options)),
    itself: async () => {
      const timer = ['python3', '-c', selfTimer, String(repeats), ...argv];
      const { stdout } = await sandbox.exec(timer, options);
      return Number(Buffer.from(stdout).toString('utf8'));
    },
    dockerExec: () => mean(1, () => runProgram('docker', ['exec', sandbox.id, ...argv])),
  });
  const over = (times: Samples): Samples => times.map((ms, round) => ms - (itself[round] ?? NaN));
  const name = argv.join(' ');
  return [
    {
      ...plainRow(`${name}: on top of the command itself`, over(ours)),
      other: { what: 'docker exec', samples: over(dockerExec) },
      target: { of: 'value', limit: 5, direction: 'at most' },
    },
    { ...plainRow(`${name}: whole`, ours), other: { what: 'docker exec', samples: dockerExec } },
    plainRow(`${name}: itself`, itself),
  ];
}

export const commandBench: Bench = {
  name: 'command',
  title: `a command in a running sandbox (means of ${String(repeats)}), against \`docker exec\``,
  run: async (context) => {
    const { signal, say } = context;
    await using provider = await createDockerProvider(benchHost(context), { signal });
    const image = await provider.resolveImage(null, { signal, onProgress: say });
    const spec = trialSpec(image, '/workspace/project');
    await using sandbox = await provider.create(spec, { signal });
    return [
      ...(await compare(['true'], sandbox, context)),
      ...(await compare(['python3', '-c', 'pass'], sandbox, context)),
    ];
  },
};
