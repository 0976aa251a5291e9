import type { AgentContext, AgentOutcome, AgentStep } from '../../src/runner/agents/agent';
import { makeAgent } from '../../src/runner/agents/registry';
import type { Model, ModelRequest } from '../../src/runner/llm/model';
import type { MleTask, NodeStep, RunConfigInput, Task } from '../../src/runner/model';
import {
  competitionConfigSchema,
  resolveStageLimits,
  runConfigSchema,
} from '../../src/runner/model';
import type { ExecOptions, ExecResult } from '../../src/runner/sandbox/sandbox';
import { never } from './temp';

export const learningTask: MleTask = {
  benchmark: 'mle',
  competition: competitionConfigSchema.parse({
    id: 'parity',
    name: 'Parity',
    dataset: { answers: 'answers.csv', sample_submission: 'sample_submission.csv' },
    grader: { metric: 'accuracy', id_column: 'id', target_columns: ['odd'] },
  }),
  description: 'Odd or even.',
  thresholds: {
    gold_threshold: 0.987654,
    silver_threshold: 0.912345,
    bronze_threshold: 0.887766,
    median_threshold: 0.612345,
    is_lower_better: false,
    num_teams: 100,
  },
  folder: '/nowhere',
  technique: null,
  taskId: 'parity',
  group: 'parity',
  repo: null,
  ref: null,
  dataset: 'parity',
  version: null,
  difficulty: null,
  size: { patchLines: null, tests: null },
  source: { file: '', line: 0 },
};

/** What a program does in the sandbox of these tests, which runs none. */
export interface Ran {
  readonly output?: string;
  readonly exitCode?: number;
  /** Bytes of its submission; 0: none. Default: 100. */
  readonly submitted?: number;
}

export interface EpisodeOptions {
  readonly model: Model;
  readonly config?: RunConfigInput;
  readonly attempt?: number;
  readonly task?: Task;
  readonly statement?: string;
  /** What becomes of a program. Default: it prints itself and hands in. */
  readonly runs?: (code: string) => Ran;
  /** Status of the look at the data. */
  readonly python?: number;
}

export interface SearchEpisode {
  readonly outcome: AgentOutcome;
  readonly nodes: readonly NodeStep[];
  readonly steps: readonly AgentStep[];
  /** Questions as they were recorded. */
  readonly questions: readonly string[];
  /** What was asked of the folders in the sandbox. */
  readonly requests: readonly Readonly<Record<string, unknown>>[];
}

/** The agent with any model, and a sandbox that does nothing but say what it is told to say. */
export async function searchEpisode({
  model,
  config = {},
  attempt = 0,
  task = learningTask,
  statement = 'THE STATEMENT',
  runs = (code) => ({ output: code }),
  python = 0,
}: EpisodeOptions): Promise<SearchEpisode> {
  const steps: AgentStep[] = [];
  const requests: Readonly<Record<string, unknown>>[] = [];
  let program = '';
  const folders = (request: Readonly<Record<string, unknown>>): object => {
    requests.push(request);
    const { submitted = 100 } = runs(program);
    const files = submitted === 0 ? [] : [{ name: 'submission.csv', bytes: submitted }];
    return request['do'] === 'collect'
      ? { files, count: files.length, bytes: submitted, problem: null }
      : {};
  };
  const exec = (argv: readonly string[], options: ExecOptions): Promise<ExecResult> => {
    if (argv[1] === '-u') {
      const { output = '', exitCode = 0 } = runs(program);
      options.onOutput?.(output);
      return Promise.resolve(execResult(output, exitCode));
    }
    if (options.stdin === undefined)
      return Promise.resolve(
        execResult(JSON.stringify({ python: '3.11.2', packages: [], preview: 'THE DATA' }), python),
      );
    const request = JSON.parse(Buffer.from(options.stdin).toString('utf8')) as object;
    return Promise.resolve(execResult(JSON.stringify(folders({ ...request })), 0));
  };
  const parsed = runConfigSchema.parse({ agent: 'aide', ...config });
  const context = {
    task,
    brief: { statement, workdir: '/home/code', rules: 'THE RULES' },
    attempt,
    config: parsed,
    gold: null,
    sandbox: () =>
      Promise.resolve({
        exec,
        writeFile: (_: string, code: string) => {
          program = code;
          return Promise.resolve();
        },
      }),
    tools: () => Promise.resolve([]),
    model,
    limits: resolveStageLimits({ agent: 600 }),
    remainingMs: () => 600_000,
    record: (step: AgentStep) => {
      steps.push(step);
      return Promise.resolve();
    },
    show: () => undefined,
    publish: () => undefined,
    signal: never,
  } as unknown as AgentContext; // of its sandbox the search uses nothing else
  const agent = await makeAgent(parsed.agent ?? '', parsed, '/');
  const outcome = await agent.solve(context);
  return {
    outcome,
    steps,
    requests,
    nodes: steps.filter((step) => step.kind === 'node'),
    questions: steps.flatMap((step) =>
      step.kind === 'message' && step.role === 'user' ? [step.content] : [],
    ),
  };
}

function execResult(stdout: string, exitCode: number): ExecResult {
  return {
    cause: 'exited',
    exitCode,
    signal: null,
    stdout: Buffer.from(stdout),
    stderr: Buffer.alloc(0),
    droppedBytes: { stdout: 0, stderr: 0 },
    durationMs: 1000,
  };
}

/** A program, as a model answers. */
export function programAnswer(code: string, plan = 'A plan.'): string {
  return `${plan}\n\n\`\`\`python\n${code}\n\`\`\`\n`;
}

/** A review's arguments. */
export function reviewArguments(metric: number | null, more: object = {}): Record<string, unknown> {
  return {
    is_bug: metric === null,
    summary: `It is ${String(metric)}.`,
    metric,
    lower_is_better: false,
    has_csv_submission: true,
    ...more,
  };
}

/** Whether a request asks for a review. */
export function asksForReview({ tools }: Pick<ModelRequest, 'tools'>): boolean {
  return tools.length > 0;
}
