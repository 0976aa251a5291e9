import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type {
  ContestConfig,
  ContestContent,
  ContestProgram,
  ContestTask,
  TestCase,
  TestKind,
  TestReport,
} from '../../model';
import { RunnerError } from '../../model';
import type { Evaluation, StageContext, TrialContext } from '../benchmark';
import { openChecker } from './checker';
import { readContestContent } from './content';
import type { ContestCheck, JudgedCandidate } from './evaluateCandidates';
import { judgeCandidate } from './evaluateCandidates';
import { inParallel } from './inParallel';
import type { Checker } from './judgeProgram';
import { judgeLimits } from './judgeProgram';
import { withJudge } from './judgeSandbox';
import { referencesOf } from './programs';

/** Candidates that are with the judge at the same time: it never waits for the host, and the host holds few outputs. */
const sentAhead = 8;
/** A problem's own solutions that are tried. */
const mostReferences = 20;
/** What a judge may take to start, and to compile a program. */
const startS = 120;
const perProgramS = 30;

/** Judges the candidates of a trial: each on every chosen test, in a sandbox that the trials of the run share. */
export class ContestEvaluation {
  readonly #config: ContestConfig;
  readonly #cwd: string;
  #checker: Promise<string> | undefined;

  constructor({ config, cwd }: { readonly config: ContestConfig; readonly cwd: string }) {
    this.#config = config;
    this.#cwd = cwd;
  }

  /**
   * The program that decides, read once; null: there is none.
   *
   * @throws `not-found` when it cannot be read
   */
  async checkerSource(): Promise<string | null> {
    const { checker: file } = this.#config;
    if (file === undefined) return null;
    this.#checker ??= readFile(path.resolve(this.#cwd, file), 'utf8');
    try {
      return await this.#checker;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new RunnerError('not-found', `The checker ${file} cannot be read: ${why}`, {
        cause: error,
      });
    }
  }

  async evaluate(
    task: ContestTask,
    candidates: readonly ContestProgram[],
    trial: TrialContext,
  ): Promise<Evaluation> {
    const started = performance.now();
    const { content, tests } = await this.#testsOf(task, trial.signal);
    const references = content === null ? [] : referencesOf(content).slice(0, mostReferences);
    const limits = judgeLimits(task, this.#config);
    const programs = candidates.length + references.length;
    const limitS = startS + programs * (perProgramS + tests.length * limits.wallS);
    const judged = await trial.stage(
      'judge',
      Math.min(trial.limits.test, limitS),
      async (stage) => ({
        ok: true,
        value: await this.#judge({ task, candidates, references, tests }, trial, stage),
      }),
    );
    if (!judged.ok)
      return { kind: 'stopped', status: 'timeout', cause: 'judge', detail: judged.detail };
    await trial.keep('candidates.json', recordOf(judged.value.candidates));
    return this.#tested(judged.value, (performance.now() - started) / 1000);
  }

  async #judge(
    {
      task,
      candidates,
      references,
      tests,
    }: {
      readonly task: ContestTask;
      readonly candidates: readonly ContestProgram[];
      readonly references: readonly ContestProgram[];
      readonly tests: readonly ContestCheck[];
    },
    trial: TrialContext,
    stage: StageContext,
  ): Promise<Judged> {
    const { signal } = stage;
    return await withJudge(trial, {
      role: 'programs',
      languages: [...candidates, ...references].map(({ language }) => language),
      signal,
      work: async (judge) => {
        await using inputs = await judge.load(
          tests.map(({ input }) => input),
          { signal },
        );
        const judgeAll = async (checker: Checker | null): Promise<Judged> => {
          const options = {
            task,
            config: this.#config,
            tests,
            inputs,
            limits: judgeLimits(task, this.#config),
            checker,
          };
          const known = new Map<string, JudgedCandidate>();
          const judgedCandidates = await inParallel(candidates, sentAhead, {
            signal,
            work: async (program, index, own) => {
              const result = await judgeCandidate(judge, program, { ...options, signal: own });
              stage.log(`${lineOf(result, index)}\n`);
              known.set(keyOf(program), result);
              return result;
            },
          });
          const judgedReferences = await inParallel(references, sentAhead, {
            signal,
            work: async (program, _, own) =>
              known.get(keyOf(program)) ??
              (await judgeCandidate(judge, program, { ...options, signal: own })),
          });
          return { tests, candidates: judgedCandidates, references: judgedReferences };
        };
        return await this.#withChecker(trial, signal, judgeAll);
      },
    });
  }

  async #withChecker<T>(
    trial: TrialContext,
    signal: AbortSignal,
    work: (checker: Checker | null) => Promise<T>,
  ): Promise<T> {
    const { checker: file } = this.#config;
    const source = await this.checkerSource();
    if (file === undefined || source === null) return await work(null);
    return await withJudge(trial, {
      role: 'checker',
      languages: ['PYTHON3'],
      signal,
      work: (judge) => work(openChecker(judge, { file, source })),
    });
  }

  /** The tests that are run, and the task's content where its solutions are wanted too. */
  async #testsOf(
    task: ContestTask,
    signal: AbortSignal,
  ): Promise<{ readonly content: ContestContent | null; readonly tests: readonly ContestCheck[] }> {
    const { tests: deciding, submissions, references } = this.#config;
    const solutions = references !== 'ignore';
    if (task.style === 'program') {
      const content = solutions
        ? await readContestContent(task, { cwd: this.#cwd, kinds: [], signal })
        : null;
      return { content, tests: [programTest] };
    }
    const filtering: readonly TestKind[] = submissions === undefined ? [] : ['public_tests'];
    const kinds = [...new Set([...filtering, ...deciding])];
    const content = await readContestContent(task, { cwd: this.#cwd, kinds, solutions, signal });
    const tests = kinds.flatMap((kind) =>
      content.tests[kind].map(({ input, output }, n) => ({
        name: `${kind.replace('_tests', '')} test ${String(n + 1)}`,
        input: Buffer.from(input),
        expected: Buffer.from(output),
        decides: deciding.includes(kind),
        filters: filtering.includes(kind),
      })),
    );
    return { content: solutions ? content : null, tests };
  }

  #tested({ tests, candidates, references }: Judged, durationS: number): Evaluation {
    const none = !tests.some(({ decides }) => decides);
    const kinds = this.#config.tests.map((kind) => kind.replace('_', ' ')).join(' or ');
    const [only] = candidates.length === 1 ? candidates : [];
    const passed = candidates.filter(({ report }) => report.verdict === 'passed').length;
    const report: TestReport = {
      end: none ? 'nothing_selected' : 'completed',
      ...(none ? { detail: `the problem has no ${kinds}` } : {}),
      exit_code: null,
      duration_s: Number(durationS.toFixed(3)),
      tests: only === undefined ? candidates.map(candidateCase) : singleCases(only),
      candidates: candidates.map((candidate) => candidate.report),
      ...(this.#config.references === 'ignore'
        ? {}
        : {
            references: {
              n: references.length,
              c: references.filter((one) => one.report.verdict === 'passed').length,
            },
          }),
    };
    const lines = candidates.map(lineOf).slice(-19);
    const sum = `${String(passed)} of ${String(candidates.length)} candidates passed`;
    return { kind: 'tested', report, tail: [...lines, sum].join('\n') };
  }
}

interface Judged {
  readonly tests: readonly ContestCheck[];
  readonly candidates: readonly JudgedCandidate[];
  readonly references: readonly JudgedCandidate[];
}

/** The one execution of a program that has its tests in itself. */
const programTest: ContestCheck = {
  name: 'program',
  input: new Uint8Array(),
  expected: null,
  decides: true,
  filters: false,
};

function keyOf({ language, source }: ContestProgram): string {
  return `${language}\n${source}`;
}

function lineOf({ report, failure }: JudgedCandidate, index: number): string {
  const where = failure === null || failure.id === report.verdict ? '' : ` on ${failure.id}`;
  return `candidate ${String(index + 1)}: ${report.verdict}${where}`;
}

/** One test a case; where none could be run, why. */
function singleCases({ cases, failure }: JudgedCandidate): TestCase[] {
  return failure !== null && !cases.includes(failure) ? [failure, ...cases] : [...cases];
}

/** One candidate a case, with the first test that it failed. */
function candidateCase({ report, failure, cpuS }: JudgedCandidate, index: number): TestCase {
  const id = `candidate ${String(index + 1)}`;
  const duration_s = Number(cpuS.toFixed(3));
  if (failure === null) return { id, outcome: 'passed', duration_s };
  const where = failure.id === report.verdict ? [] : [failure.id];
  const message = [...where, ...(failure.message === undefined ? [] : [failure.message])];
  return {
    ...failure,
    id,
    duration_s,
    status: report.verdict,
    ...(message.length === 0 ? {} : { message: message.join('\n') }),
  };
}

/** What is kept of the candidates: every verdict, in the order in which they were handed in. */
function recordOf(candidates: readonly JudgedCandidate[]): string {
  const lines = candidates.map(({ report, program, cpuS }) =>
    JSON.stringify({ ...report, language: program.language, cpu_s: Number(cpuS.toFixed(3)) }),
  );
  return `[\n${lines.join(',\n')}\n]\n`;
}
