/**
 * A technique task (MLE-bench Redux) written against the core's interfaces, to hold them open for it: data is generated
 * in the builder, the agent hands in files, and the answers exist only in the grading sandbox. It compiles and is
 * exercised by sketches.test.ts; it is not the product's grader.
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
import type { StageLimits, Task, TestReport, TrialResult } from '../../../src/runner/model';
import type { EnvironmentSpec, Sandbox } from '../../../src/runner/sandbox/sandbox';
import { defaultSandboxLimits } from '../../../src/runner/sandbox/sandbox';

export interface TechniqueTask extends Task {
  readonly benchmark: 'mle';
  readonly seed: number;
}

const generate = `
import random, sys
random.seed(int(sys.argv[1]))
with open("train.csv", "w") as file:
    file.write("x,y\\n")
    for _ in range(100):
        x = random.random()
        file.write(f"{x},{int(x > 0.9)}\\n")
`;

const gradeScript = `
import csv, json, random, sys
random.seed(int(sys.argv[1]))
truth = [int(random.random() > 0.9) for _ in range(100)]
rows = list(csv.DictReader(open("/workspace/handed-in/submission.csv")))
right = sum(int(row["y"]) == wanted for row, wanted in zip(rows, truth))
print(json.dumps({"valid": len(rows) == len(truth), "accuracy": right / len(truth)}))
`;

export class TechniqueSketch implements Benchmark<TechniqueTask> {
  readonly id = 'mle';
  readonly testsBefore = false;
  readonly submissionName = 'submission';

  preparation(): readonly string[] {
    return ['generate'];
  }

  limits(): Partial<StageLimits> {
    return { agent: 3600, test: 60, total: 120 };
  }

  environment(): Promise<EnvironmentSpec> {
    return Promise.resolve({
      source: null,
      workdir: '/workspace/data',
      limits: defaultSandboxLimits,
      env: {},
      commands: [],
      notes: [],
    });
  }

  fingerprint(task: TechniqueTask): Promise<StageOutcome<readonly string[]>> {
    return Promise.resolve({ ok: true, value: ['technique', String(task.seed)] });
  }

  async prepare(
    task: TechniqueTask,
    { builder }: { readonly builder: Sandbox },
    trial: TrialContext,
  ): Promise<StageOutcome<null>> {
    return await trial.stage('generate', trial.limits.install, async (stage) => {
      const exec = await stage.exec(builder, ['python3', '-c', generate, String(task.seed)]);
      return exec.exitCode === 0
        ? { ok: true, value: null }
        : {
            ok: false,
            cause: 'failed',
            exitCode: exec.exitCode,
            detail: 'the data could not be generated',
          };
    });
  }

  brief(): TaskBrief {
    return { statement: '', workdir: '/workspace', rules: '' };
  }

  tools(): readonly [] {
    return [];
  }

  hasGold(): boolean {
    return false;
  }

  gold(): Promise<null> {
    return Promise.resolve(null);
  }

  baseline(): Promise<string> {
    return Promise.resolve('');
  }

  async collect(
    _task: TechniqueTask,
    sandbox: Sandbox,
    { signal }: TrialContext,
  ): Promise<Submission> {
    return { kind: 'files', tar: await sandbox.copyOut('/workspace/data/out', { signal }) };
  }

  async evaluate(
    task: TechniqueTask,
    submission: Submission | null,
    open: OpenSandbox,
    trial: TrialContext,
  ): Promise<Evaluation> {
    const sandbox = await open('grading');
    if (submission?.kind === 'files') {
      await sandbox.copyIn('/workspace/handed-in', submission.tar, { signal: trial.signal });
    }
    const graded = await trial.stage('grade', trial.limits.test, async (stage) => {
      const exec = await stage.exec(sandbox, ['python3', '-c', gradeScript, String(task.seed)]);
      return { ok: true, value: exec, exitCode: exec.exitCode };
    });
    if (!graded.ok)
      return { kind: 'stopped', status: 'timeout', cause: 'grade', detail: graded.detail };
    const tail = Buffer.from(graded.value.stdout).toString('utf8');
    const report: TestReport = {
      end: 'completed',
      exit_code: graded.value.exitCode,
      duration_s: graded.value.durationMs / 1000,
      tests: [
        {
          id: 'accuracy',
          outcome: graded.value.exitCode === 0 ? 'passed' : 'failed',
          duration_s: 0,
          message: tail,
        },
      ],
    };
    return { kind: 'tested', report, tail };
  }

  grade(_task: TechniqueTask, report: TestReport): Grade {
    const passed = report.tests.every((test) => test.outcome === 'passed');
    return { status: passed ? 'passed' : 'failed', cause: null, detail: null, verdict: null };
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
