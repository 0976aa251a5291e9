import { nodeHost } from '../../src/nodeHost';
import type { Judge } from '../../src/runner/benchmarks/contests/judge/judge';
import { openJudge } from '../../src/runner/benchmarks/contests/judge/openJudge';
import { chooseProvider } from '../../src/runner/sandbox/providers';
import type { Sandbox, SandboxProvider } from '../../src/runner/sandbox/sandbox';
import { defaultSandboxLimits } from '../../src/runner/sandbox/sandbox';
import { runProgram } from './docker';
import bareServer from './judgeForkServer.py';
import spawner from './judgeSpawner.py';
import type { Bench, BenchContext, Row, Samples, Target } from './measure';
import { interleave, timed } from './measure';

const mib = 1024 ** 2;
const limits = {
  cpuS: 10,
  wallS: 30,
  memoryBytes: 256 * mib,
  outputBytes: 16 * mib,
  processes: 16,
};

/** Tests of one round of each side. */
const tests = 100;
/** So slow that a few are enough. */
const execs = 10;
/** Candidates of a task: each has a tenth of the tests. */
const programs = 10;

interface Load {
  readonly name: string;
  readonly source: string;
  readonly inputs: readonly string[];
}

const trivial: Load = {
  name: 'trivial',
  source: 'print(int(input()) + 1)\n',
  inputs: Array.from({ length: tests / programs }, (_, n) => `${String(n)}\n`),
};

const contest: Load = {
  name: 'contest',
  source: `import sys
from collections import Counter, defaultdict, deque
from heapq import heappop, heappush
def solve(n, edges):
    near = defaultdict(list)
    for a, b, w in edges:
        near[a].append((b, w))
        near[b].append((a, w))
    best = [float("inf")] * (n + 1)
    best[1] = 0
    heap = [(0, 1)]
    while heap:
        d, at = heappop(heap)
        if d > best[at]:
            continue
        for to, w in near[at]:
            if d + w < best[to]:
                best[to] = d + w
                heappush(heap, (best[to], to))
    return best
def main():
    n, m, *rest = map(int, sys.stdin.read().split())
    edges = [tuple(rest[3 * i:3 * i + 3]) for i in range(m)]
    best = solve(n, edges)
    print(*best[1:])
    print(Counter(best).most_common(3))
if __name__ == "__main__":
    main()
`,
  inputs: Array.from({ length: tests / programs }, (_, seed) => {
    const edges = Array.from({ length: 300 }, (__, n) => {
      const a = (n * 7 + seed) % 100;
      return `${String(a + 1)} ${String(((a * 31 + n) % 100) + 1)} ${String((n % 17) + 1)}`;
    });
    return `100 300\n${edges.join('\n')}\n`;
  }),
};

interface Worker extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly judge: Judge;
}

async function openWorker(provider: SandboxProvider, signal: AbortSignal): Promise<Worker> {
  const image = await provider.resolveImage(null, { signal, onProgress: () => undefined });
  const sandbox = await provider.create(
    {
      image,
      snapshot: null,
      profile: 'judge',
      network: false,
      workdir: '/tmp',
      limits: defaultSandboxLimits,
      env: {},
      labels: { purpose: 'bench' },
    },
    { signal },
  );
  const judge = await openJudge(sandbox, { signal });
  return { sandbox, judge, [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose]() };
}

/** Milliseconds of all tests of a load, by the judge: every candidate on every input. */
function judged({ judge }: Worker, load: Load, signal: AbortSignal): Promise<number> {
  return timed(async () => {
    const inputs = load.inputs.map((text) => Buffer.from(text));
    await using set = await judge.load(inputs, { signal });
    let passed = 0;
    const one = (n: number): Promise<unknown> =>
      judge.run({ language: 'PYTHON3', source: `${load.source}# ${String(n)}\n` }, set, {
        limits,
        onExecution: (_, { end, stdout }) => {
          if (end.kind === 'exited' && end.code === 0 && stdout.length > 0) passed += 1;
          return 'go on';
        },
        signal,
      });
    await Promise.all(Array.from({ length: programs }, (_, n) => one(n)));
    if (passed !== tests) throw new Error(`${String(passed)} of ${String(tests)} tests ran`);
  });
}

function requestOf({ source, inputs }: Load): string {
  const all = Array.from({ length: programs }, () => inputs).flat();
  return JSON.stringify({ source, inputs: all });
}

/** The same tests as plain processes in the worker's sandbox, by their own clock. */
async function spawned({ sandbox }: Worker, load: Load, signal: AbortSignal): Promise<number> {
  const stdin = Buffer.from(requestOf(load));
  const options = { cwd: '/tmp', stdin, timeoutMs: 120_000, signal };
  const result = await sandbox.exec(['python3', '-c', spawner], options);
  if (result.exitCode !== 0) throw new Error(Buffer.from(result.stderr).toString('utf8'));
  return Number(Buffer.from(result.stdout).toString('utf8'));
}

async function bare(load: Load): Promise<number> {
  return Number(await runProgram('python3', ['-c', bareServer], { input: requestOf(load) }));
}

/** The time that all tests would take, from a few of them. */
async function executed({ sandbox }: Worker, load: Load): Promise<number> {
  const run = async (): Promise<void> => {
    for (let n = 0; n < execs; n += 1) {
      const input = load.inputs[n % load.inputs.length] ?? '';
      const args = ['exec', '-i', sandbox.id, 'python3', '-c', load.source];
      await runProgram('docker', args, { input });
    }
  };
  return (await timed(run)) * (tests / execs);
}

const perSecond = (times: Samples): Samples => times.map((ms) => (tests * 1000) / ms);

function rateRow(
  what: string,
  ours: Samples,
  other: { readonly what: string; readonly times: Samples },
  target: Target | null,
): Row {
  const compared = { what: other.what, samples: perSecond(other.times) };
  return { what, unit: 'tests/s', ours: perSecond(ours), other: compared, target };
}

function gainRow(
  what: string,
  ours: readonly [Samples, Samples],
  plain: readonly [Samples, Samples],
): Row {
  // Two workers do twice the tests.
  const gain = ([one, two]: readonly [Samples, Samples]): Samples =>
    one.map((ms, round) => (2 * ms) / (two[round] ?? NaN));
  return {
    what,
    unit: '×',
    ours: gain(ours),
    other: { what: 'plain', samples: gain(plain) },
    target: { of: 'ratio', limit: 0.9, direction: 'at least' },
  };
}

const atLeast = (limit: number): Target => ({ of: 'ratio', limit, direction: 'at least' });

async function compare(
  load: Load,
  workers: readonly [Worker, Worker],
  { rounds, signal }: BenchContext,
): Promise<readonly Row[]> {
  const [first, second] = workers;
  const both = (side: (worker: Worker) => Promise<number>) => async (): Promise<number> =>
    Math.max(...(await Promise.all([side(first), side(second)])));
  const ours = (worker: Worker): Promise<number> => judged(worker, load, signal);
  const plain = (worker: Worker): Promise<number> => spawned(worker, load, signal);
  const times = await interleave(rounds, {
    ours: () => ours(first),
    plain: () => plain(first),
    bare: () => bare(load),
    exec: () => executed(first, load),
    ours2: both(ours),
    plain2: both(plain),
  });
  const named = (rest: string): string => `${load.name}: ${rest}`;
  return [
    rateRow(
      named('in Docker'),
      times.ours,
      { what: 'plain spawning inside', times: times.plain },
      atLeast(2.5),
    ),
    rateRow(
      named('in Docker'),
      times.ours,
      { what: 'docker exec a test', times: times.exec },
      atLeast(20),
    ),
    rateRow(
      named('in Docker'),
      times.ours,
      { what: 'bare fork server', times: times.bare },
      atLeast(0.33),
    ),
    gainRow(named('gain of 2 workers'), [times.ours, times.ours2], [times.plain, times.plain2]),
  ];
}

export const judgeBench: Bench = {
  name: 'judge',
  title: 'tests of contest programs a second, against plain processes and a bare fork server',
  run: async (context) => {
    const { signal } = context;
    const options = { signal, onProgress: context.say };
    await using docker = await chooseProvider('docker', nodeHost(), options);
    await using first = await openWorker(docker, signal);
    await using second = await openWorker(docker, signal);
    const rows: Row[] = [];
    for (const load of [trivial, contest])
      rows.push(...(await compare(load, [first, second], context)));
    return rows;
  },
};
