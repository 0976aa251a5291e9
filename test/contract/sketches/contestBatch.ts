/**
 * A contest benchmark written against the core's interfaces, to hold them open for it: candidates of a problem are judged
 * in batches inside one sandbox, the expected outputs stay on the host, and nothing in `run/` or in a face asks which
 * benchmark it is. It compiles and is exercised by sketches.test.ts; it is not the product's judge.
 */
import type { TaskBrief } from '../../../src/runner/agents/agent';
import type {
  Benchmark,
  Evaluation,
  Grade,
  OpenSandbox,
  StageOutcome,
  Submission,
  TrialContext,
} from '../../../src/runner/benchmarks/benchmark';
import type {
  StageLimits,
  Task,
  TestCase,
  TestReport,
  TrialResult,
} from '../../../src/runner/model';
import type { EnvironmentSpec, Sandbox } from '../../../src/runner/sandbox/sandbox';
import { defaultSandboxLimits } from '../../../src/runner/sandbox/sandbox';

export interface ContestTask extends Task {
  readonly benchmark: 'contests';
  readonly tests: readonly { readonly input: string; readonly output: string }[];
  readonly references: readonly string[];
}

/** Judged together in one command: the channel's cost of a few milliseconds is paid once for all of them. */
const batchSize = 20;

// Runs each program of a batch on each input and prints what it printed. Inputs come in, expected outputs never do.
const judge = `
import json, subprocess, sys
batch = json.load(sys.stdin)
for program in batch["programs"]:
    for stdin in batch["inputs"]:
        done = subprocess.run([sys.executable, "-c", program], input=stdin, capture_output=True, text=True, timeout=10)
        print(json.dumps({"exit": done.returncode, "out": done.stdout}), flush=True)
`;

export class ContestSketch implements Benchmark<ContestTask> {
  readonly id = 'contests';
  readonly testsBefore = false;
  readonly submissionName = 'candidates.jsonl';

  preparation(): readonly string[] {
    return [];
  }

  limits(): Partial<StageLimits> {
    return { test: 600, total: 600 };
  }

  environment(): Promise<EnvironmentSpec> {
    return Promise.resolve({
      source: null,
      workdir: '/workspace',
      limits: defaultSandboxLimits,
      env: {},
      commands: [],
      notes: [],
    });
  }

  fingerprint(): Promise<StageOutcome<readonly string[]>> {
    return Promise.resolve({ ok: true, value: [] });
  }

  prepare(): Promise<StageOutcome<null>> {
    return Promise.resolve({ ok: true, value: null });
  }

  brief(): TaskBrief {
    return { statement: '', workdir: '/workspace', rules: '' };
  }

  tools(): readonly [] {
    return [];
  }

  hasGold(task: ContestTask): boolean {
    return task.references.length > 0;
  }

  gold(task: ContestTask): Promise<Submission> {
    const text = task.references.map((program) => `${JSON.stringify(program)}\n`).join('');
    return Promise.resolve({ kind: 'text', text });
  }

  baseline(): Promise<string> {
    return Promise.resolve('');
  }

  async collect(
    _task: ContestTask,
    sandbox: Sandbox,
    { signal }: TrialContext,
  ): Promise<Submission> {
    const text = Buffer.from(
      await sandbox.readFile('/workspace/candidates.jsonl', { signal }),
    ).toString('utf8');
    return { kind: 'text', text };
  }

  async evaluate(
    task: ContestTask,
    submission: Submission | null,
    open: OpenSandbox,
    trial: TrialContext,
  ): Promise<Evaluation> {
    const text = submission?.kind === 'text' ? submission.text : '';
    const programs = text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as string);
    const sandbox = await open('judge');
    const judged = await trial.stage('judge', trial.limits.test, async (stage) => {
      const tests: TestCase[] = [];
      for (let from = 0; from < programs.length; from += batchSize) {
        const batch = {
          programs: programs.slice(from, from + batchSize),
          inputs: task.tests.map((test) => test.input),
        };
        const exec = await stage.exec(sandbox, ['python3', '-c', judge], {
          stdin: Buffer.from(JSON.stringify(batch)),
        });
        tests.push(...compare(task, Buffer.from(exec.stdout).toString('utf8'), from));
      }
      return { ok: true, value: tests };
    });
    if (!judged.ok)
      return { kind: 'stopped', status: 'timeout', cause: 'judge', detail: judged.detail };
    const report: TestReport = {
      end: 'completed',
      exit_code: 0,
      duration_s: 0,
      tests: judged.value,
    };
    return { kind: 'tested', report, tail: '' };
  }

  grade(task: ContestTask, report: TestReport): Grade {
    const solved = solvedCandidates(task, report) > 0;
    return { status: solved ? 'passed' : 'failed', cause: null, detail: null, verdict: null };
  }

  resultFields(): Pick<TrialResult, 'pytest_k' | 'patch_stats'> {
    return { pytest_k: null, patch_stats: null };
  }

  refusal(): Promise<null> {
    return Promise.resolve(null);
  }

  summaries(): readonly [] {
    return [];
  }
}

function compare(task: ContestTask, output: string, from: number): readonly TestCase[] {
  const lines = output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { exit: number; out: string });
  return lines.map(({ exit, out }, n): TestCase => {
    const index = n % task.tests.length;
    const expected = task.tests[index]?.output ?? '';
    const candidate = from + Math.floor(n / task.tests.length);
    const right = exit === 0 && out.trim() === expected.trim();
    return {
      id: `candidate ${String(candidate)} / test ${String(index)}`,
      outcome: right ? 'passed' : exit === 0 ? 'failed' : 'error',
      duration_s: 0,
      ...(right ? {} : { expected, actual: out }),
    };
  });
}

/** c of pass@k: candidates that passed every test. */
export function solvedCandidates(task: ContestTask, report: TestReport): number {
  const wrong = new Set(
    report.tests.filter((test) => test.outcome !== 'passed').map((test) => test.id.split(' / ')[0]),
  );
  return report.tests.length / task.tests.length - wrong.size;
}
