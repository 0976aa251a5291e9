import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { gradeLogs } from '../../src/runner/benchmarks/swe/gradeLogs';
import { TaskSources } from '../../src/runner/datasets/taskSources';
import { sharedData } from '../support/sharedData';
import type { Bench, BenchContext, Row } from './measure';
import { interleave, Stopwatch, timed } from './measure';
import { benchHost } from './samples';

interface Material {
  readonly what: string;
  /** JSONL files of rows. */
  readonly tasks: readonly string[];
  readonly logs: readonly { readonly id: string; readonly text: string }[];
}

/** The recorded evaluations where they are at hand: most have 25 kB, the largest 2 MB. */
function recorded(): Material | null {
  const file = sharedData('swe/graded_logs.jsonl.gz');
  const rows = ['swe/instances_for_logs.jsonl', 'swe/SWE-bench_Lite.dev.jsonl'].map(sharedData);
  const tasks = rows.filter((row) => row !== null);
  if (file === null || tasks.length < rows.length) return null;
  const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
  const logs = lines.map((line) => {
    const { instance_id: id, log } = JSON.parse(line) as { instance_id: string; log: string };
    return { id, text: log };
  });
  return { what: 'recorded logs', tasks, logs };
}

/** Logs of ours of about the same sizes. */
async function generated(folder: string): Promise<Material> {
  const parsers = ['pytest', 'pytest_v2', 'django', 'sympy'];
  const tests = Array.from({ length: 100 }, (_, n) => `tests/test_a.py::test_${String(n)}[a-b]`);
  const ids = Array.from({ length: 100 }, (_, n) => `owner__project-${String(n)}`);
  const row = (id: string, n: number): string =>
    JSON.stringify({
      instance_id: id,
      repo: 'owner/project',
      base_commit: 'a'.repeat(40),
      log_parser: `parse_log_${parsers[n % parsers.length] ?? ''}`,
      FAIL_TO_PASS: tests.slice(0, 5),
      PASS_TO_PASS: tests.slice(5),
    });
  const text = (n: number): string =>
    [
      ...Array.from({ length: n % 10 === 0 ? 8000 : 200 }, () => `+ ${'noise '.repeat(15)}`),
      '>>>>> Start Test Output',
      ...tests.map((test) => `PASSED ${test}`),
      '>>>>> End Test Output',
    ].join('\n');
  const file = path.join(folder, 'rows.jsonl');
  await writeFile(file, ids.map((id, n) => `${row(id, n)}\n`).join(''));
  const logs = ids.map((id, n) => ({ id, text: text(n) }));
  return { what: 'generated logs', tasks: [file], logs };
}

async function grading(context: BenchContext): Promise<readonly Row[]> {
  const { rounds, folder, signal, say } = context;
  const { what, tasks, logs } = recorded() ?? (await generated(folder));
  const files: string[] = [];
  for (const { id, text } of logs) {
    const file = path.join(folder, 'logs', id, 'test_output.txt');
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
    files.push(file);
  }
  const watch = new Stopwatch();
  const selection = { logs: path.join(folder, 'logs') };
  const sources = new TaskSources(benchHost(context));
  const options = { grading: 'v5', cwd: folder, signal, onProblem: say } as const;
  const { ours, reading } = await interleave(rounds, {
    ours: () =>
      watch.time(async () => {
        let graded = 0;
        const loaded = await sources.load(tasks, { signal });
        for await (const grade of gradeLogs(selection, { ...options, loaded }))
          if (grade.graded) graded += 1;
        if (graded !== logs.length) throw new Error(`${String(graded)} of them were graded`);
      }),
    reading: () =>
      timed(async () => {
        for (const file of [...tasks, ...files]) await readFile(file, 'utf8');
      }),
  });
  const rate = (times: readonly number[]): readonly number[] =>
    times.map((ms) => (logs.length / ms) * 1000);
  const unit = 'logs/s';
  const target = { of: 'value', limit: 200, direction: 'at least' } as const;
  return [
    {
      what: `grade ${String(logs.length)} ${what} from disk`,
      unit,
      ours: rate(ours),
      other: { what: 'reading them alone', samples: rate(reading) },
      target: null,
    },
    { what: '  on one core', unit, ours: rate(watch.cpu.slice(1)), other: null, target },
  ];
}

export const gradingBench: Bench = {
  name: 'grading',
  title: "logs of SWE-bench graded by the official rules, with reading the dataset's rows",
  run: grading,
};
