// Real programs end to end: every sample of a HumanEval set and every accepted solution of real CodeContests problems,
// held against verdicts that other judges came to. What differs is listed, with the reason where it is known; an unknown
// difference is a failure. What is not at hand is skipped.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { markdownTable } from 'markdown-table';
import * as z from 'zod';
import { nodeHost } from '../../src/nodeHost';
import { createRunner } from '../../src/runner/createRunner';
import type { Runner, RunOutcome } from '../../src/runner/index';
import type { Comparison, RunConfigInput } from '../../src/runner/model';
import { comparisonSchema, contestSummaryOf } from '../../src/runner/model';
import { sharedData } from '../support/sharedData';

const { values } = parseArgs({
  options: {
    sandbox: { type: 'string', default: 'auto' },
    comparison: { type: 'string', multiple: true, default: [...comparisonSchema.options] },
    only: { type: 'string', multiple: true, default: ['humaneval', 'codecontests'] },
    concurrency: { type: 'string', default: '2' },
    out: { type: 'string', default: 'test/.cache/real/runs' },
  },
});

/** Differences whose reason was found, by problem and, of several candidates, candidate. */
const reasons: Readonly<Record<string, string>> = {
  'HumanEval/50 candidate 33':
    'right; it then imports numpy and pandas, which the environment here has and the other judge had not',
  '288_C. Polo the Penguin and XOR operation':
    'right; its output is flushed when the interpreter finalizes, which the other judge lost (plain python agrees with us)',
};

interface Difference {
  readonly where: string;
  readonly ours: string;
  readonly theirs: string;
}

const say = (line: string): void => {
  console.log(line);
};

async function judge(runner: Runner, config: RunConfigInput): Promise<RunOutcome> {
  const started = performance.now();
  const handle = await runner.startRun(
    {
      benchmark: 'contests',
      agent: 'candidates',
      sandbox: z.enum(['auto', 'docker', 'bubblewrap']).parse(values.sandbox),
      concurrency: Number(values.concurrency),
      out: values.out,
      ...config,
    },
    { signal: never, observer: { onProgress: say } },
  );
  const outcome = await handle.done;
  const programs = outcome.results.reduce((sum, { contest }) => sum + (contest?.n ?? 0), 0);
  const seconds = (performance.now() - started) / 1000;
  say(
    `${String(programs)} programs in ${seconds.toFixed(0)} s: ${(programs / seconds).toFixed(1)} programs/s`,
  );
  return outcome;
}

const never = new AbortController().signal;

/** Every candidate of a run by its problem, in order. */
async function verdictsOf(
  runner: Runner,
  { runDir, state }: RunOutcome,
): Promise<ReadonlyMap<string, readonly { verdict: string; tests: readonly string[] }[]>> {
  const trials = [...state.trials].map(async ([trial, { plan }]) => {
    const candidates = await runner.readCandidates(runDir, trial, { signal: never });
    const reports = candidates.map(({ report }) => report ?? { verdict: 'not_run', tests: [] });
    return [plan.task_id, reports] as const;
  });
  return new Map(await Promise.all(trials));
}

/** Where the data is: a file and the verdicts of another judge. */
async function material<T extends z.ZodType>(
  name: string,
  shape: T,
): Promise<{ readonly file: string; readonly verdicts: z.output<T>[] } | null> {
  const file = sharedData(`contests/${name}.jsonl.gz`);
  const verdicts = sharedData(`contests/${name}.verdicts.json`);
  if (file === null || verdicts === null) return null;
  return { file, verdicts: z.array(shape).parse(JSON.parse(await readFile(verdicts, 'utf8'))) };
}

async function humanEval(runner: Runner): Promise<readonly Difference[]> {
  const known = await material(
    'humaneval_codegen16B_n100',
    z.object({ task_id: z.string(), c: z.int(), passed: z.array(z.int()) }),
  );
  if (known === null) return [];
  const outcome = await judge(runner, {
    tasks: [known.file],
    contests: { candidates: known.file, k_values: [1, 10, 100] },
  });
  say(
    `pass@k: ${JSON.stringify(contestSummaryOf(outcome.state.plan, outcome.state.trials.values())?.pass_at_k)}`,
  );
  const ours = await verdictsOf(runner, outcome);
  return known.verdicts.flatMap(({ task_id: task, passed }) =>
    (ours.get(task) ?? []).flatMap(({ verdict }, n): Difference[] => {
      const theirs = passed.includes(n);
      if ((verdict === 'passed') === theirs) return [];
      const where = `${task} candidate ${String(n + 1)}`;
      return [{ where, ours: verdict, theirs: theirs ? 'passed' : 'failed' }];
    }),
  );
}

async function codeContests(
  runner: Runner,
  comparison: Comparison,
): Promise<readonly Difference[]> {
  const known = await material(
    'codecontests_train_py3',
    z.object({
      name: z.string(),
      exact: z.boolean(),
      deepmind: z.boolean(),
      alphacodium: z.boolean(),
      status: z.array(z.string()),
    }),
  );
  if (known === null) return [];
  const outcome = await judge(runner, {
    tasks: [known.file],
    contests: {
      candidates_column: 'solutions.solution',
      tests: ['public_tests', 'private_tests', 'generated_tests'],
      comparison,
      // None of the other judge's verdicts is about time, and some programs need most of the usual limit.
      time_limit: 60,
    },
  });
  const ours = await verdictsOf(runner, outcome);
  return known.verdicts.flatMap((verdict) => {
    const [own] = ours.get(verdict.name) ?? [];
    const ends = own?.tests.map((test) =>
      test === 'passed' || test === 'wrong_answer' ? 'ok' : test.replace('runtime_', ''),
    );
    const same = (own?.verdict === 'passed') === verdict[comparison];
    if (same && JSON.stringify(ends) === JSON.stringify(verdict.status)) return [];
    const theirs = same
      ? verdict.status.join(' ')
      : `${verdict[comparison] ? 'passed' : 'failed'} (${comparison})`;
    return [{ where: verdict.name, ours: own?.tests.join(' ') ?? 'no result', theirs }];
  });
}

async function main(): Promise<boolean> {
  await using runner = createRunner(nodeHost());
  const differences: Difference[] = [];
  if (values.only.includes('humaneval')) differences.push(...(await humanEval(runner)));
  if (values.only.includes('codecontests'))
    for (const comparison of z.array(comparisonSchema).parse(values.comparison)) {
      say(`CodeContests, compared as ${comparison}`);
      differences.push(...(await codeContests(runner, comparison)));
    }
  const rows = differences.map(({ where, ours, theirs }) => [
    where,
    ours,
    theirs,
    reasons[where] ?? 'NOT KNOWN',
  ]);
  say(
    rows.length === 0
      ? 'no verdict differs'
      : markdownTable([['what', 'ours', 'theirs', 'why'], ...rows]),
  );
  return differences.every(({ where }) => where in reasons);
}

main().then(
  (known) => {
    process.exitCode = known ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 3;
  },
);
