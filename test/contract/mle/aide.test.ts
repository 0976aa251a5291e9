import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import type { AgentContext, AgentOutcome, AgentStep } from '../../../src/runner/agents/agent';
import { makeAgent } from '../../../src/runner/agents/registry';
import type { Tool } from '../../../src/runner/agents/tool';
import type { Model } from '../../../src/runner/llm/model';
import { openModel } from '../../../src/runner/llm/openModel';
import { openScriptedModel } from '../../../src/runner/llm/scripted';
import type { MleTask, NodeStep, RunConfigInput } from '../../../src/runner/model';
import { resolveStageLimits, runConfigSchema } from '../../../src/runner/model';
import { chooseProvider } from '../../../src/runner/sandbox/providers';
import type { ResolvedImage, Sandbox, SandboxProvider } from '../../../src/runner/sandbox/sandbox';
import { callTool, say, startModelServer } from '../../support/modelServer';
import { describeOnEverySandbox, testCache } from '../../support/sandboxes';
import { learningTask, programAnswer, reviewArguments } from '../../support/searchEpisode';
import { never, temporaryFolder, testHost } from '../../support/temp';

const mib = 1024 ** 2;

const sample = 'id,odd\n1,0\n2,0\n3,0\n4,0\n';
const train = `id,odd\n${Array.from({ length: 20 }, (_, n) => `${String(n)},${String(n % 2)}`).join('\n')}\n`;

/** A program that predicts the same for every row and prints a score. */
function program(prediction: string, score: number, more = ''): string {
  return [
    'import csv',
    "rows = list(csv.DictReader(open('/home/data/sample_submission.csv')))",
    more,
    "with open('/home/submission/submission.csv', 'w') as file:",
    "    file.write('id,odd\\n')",
    `    file.writelines(f"{row['id']},${prediction}\\n" for row in rows)`,
    `print('Validation score: ${String(score)}')`,
  ].join('\n');
}

function written(plan: string, code: string): object {
  return { text: programAnswer(code, plan) };
}

function reviewed(metric: number | null, more: object = {}): object {
  return { tool_calls: [{ name: 'submit_review', arguments: reviewArguments(metric, more) }] };
}

/** As the benchmark's own: looks at what lies there to be handed in. */
function formatTool(sandbox: Sandbox): Tool {
  return {
    name: 'validate_submission',
    description: 'Says whether the format is right.',
    parameters: z.object({}),
    changesFiles: false,
    async call(_, { signal }) {
      const bytes = await sandbox.readFile('/home/submission/submission.csv', { signal });
      const [header] = Buffer.from(bytes).toString('utf8').split('\n');
      return header === 'id,odd'
        ? { ok: true, text: 'The format is right.' }
        : { ok: false, text: `The header is "${header ?? ''}" and has to be "id,odd".` };
    },
  };
}

interface Episode {
  readonly outcome: AgentOutcome;
  readonly steps: readonly AgentStep[];
  readonly nodes: readonly NodeStep[];
  /** A file of the sandbox as it is afterwards; null: there is none. */
  readonly file: (name: string) => Promise<string | null>;
  /** What the model was asked, the question alone. */
  readonly questions: readonly string[];
}

describeOnEverySandbox('the search over solutions', (name) => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let provider: SandboxProvider;
  let image: ResolvedImage;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const host = testHost(folder.path, { cacheDir: await testCache(folder.path) });
    const options = { signal: AbortSignal.timeout(280_000), onProgress: () => undefined };
    provider = await chooseProvider(name, host, options);
    image = await provider.resolveImage(null, options);
  });
  afterAll(async () => {
    await provider[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  async function open(): Promise<Sandbox> {
    const sandbox = await provider.create(
      {
        image,
        snapshot: null,
        profile: 'trial',
        network: false,
        workdir: '/home/code',
        limits: { memoryBytes: 512 * mib, cpus: 2, pids: 64, diskBytes: 256 * mib },
        env: {},
        labels: { run: 'contract', trial: 'aide' },
      },
      { signal: never },
    );
    await sandbox.writeFile('/home/data/train.csv', train, { signal: never });
    await sandbox.writeFile('/home/data/sample_submission.csv', sample, { signal: never });
    return sandbox;
  }

  /** Runs an agent on the task with a model that gives these answers. */
  async function solve(
    answers: readonly object[],
    {
      config = {},
      agent = 'aide',
      agentS = 120,
      technique = null,
      model,
      sandbox,
      signal = never,
    }: {
      readonly config?: RunConfigInput;
      readonly agent?: string;
      readonly agentS?: number;
      readonly technique?: MleTask['technique'];
      readonly model?: Model;
      readonly sandbox: Sandbox;
      readonly signal?: AbortSignal;
    },
  ): Promise<Episode> {
    const script = path.join(folder.path, 'answers.jsonl');
    await writeFile(script, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
    const steps: AgentStep[] = [];
    const parsed = runConfigSchema.parse({ agent, ...config });
    const started = performance.now();
    const ownTask: MleTask = { ...learningTask, technique };
    const context: AgentContext = {
      task: ownTask,
      brief: { statement: 'THE STATEMENT', workdir: '/home/code', rules: 'THE RULES' },
      attempt: 0,
      config: parsed,
      gold: null,
      sandbox: () => Promise.resolve(sandbox),
      tools: () => Promise.resolve(technique === null ? [formatTool(sandbox)] : []),
      model: model ?? (await openScriptedModel(script)),
      limits: resolveStageLimits({ agent: agentS }),
      remainingMs: () => Math.max(1, agentS * 1000 - (performance.now() - started)),
      record: (step) => {
        steps.push(step);
        return Promise.resolve();
      },
      show: () => undefined,
      publish: () => undefined,
      signal,
    };
    const outcome = await (await makeAgent(agent, parsed, folder.path)).solve(context);
    return {
      outcome,
      steps,
      nodes: steps.filter((step) => step.kind === 'node'),
      questions: steps.flatMap((step) =>
        step.kind === 'message' && step.role === 'user' ? [step.content] : [],
      ),
      file: async (file) => {
        const exec = await sandbox.exec(['cat', file], { timeoutMs: 10_000, signal: never });
        return exec.exitCode === 0 ? Buffer.from(exec.stdout).toString('utf8') : null;
      },
    };
  }

  test('drafts, mends, improves, and hands in the best', async () => {
    await using sandbox = await open();
    const search = { steps: 7, drafts: 2, exec_timeout: 5 };
    const crashes = program('1', 0.9, "rows[0]['nothing']");
    const wrongHeader = program('6', 0.8).replace('id,odd', 'id,even');
    const { outcome, nodes, file, questions, steps } = await solve(
      [
        written('All even.', program('0', 0.6)),
        reviewed(0.6),
        written('All odd.', crashes),
        reviewed(null),
        written('All odd, mended.', program('1', 0.7)),
        reviewed(0.7),
        written('Worse.', program('3', 0.5)),
        reviewed(0.5),
        written('For ever.', program('4', 0.99, 'import time\nprint("begun")\ntime.sleep(60)')),
        reviewed(null, { is_bug: false, metric: 0.99 }),
        written('Quicker, another header.', wrongHeader),
        reviewed(0.8),
        written('The right header.', program('6', 0.8)),
        reviewed(0.8),
      ],
      { sandbox, config: { aide: search } },
    );
    expect(outcome).toEqual({
      exitStatus: 'submitted',
      detail: '7 solutions, the best one is number 6 with 0.8',
      submission: null,
    });
    expect(
      nodes.map(({ node, stage, parent, metric, exc_type: error, buggy, best }) => [
        node,
        `${stage} of ${String(parent)}`,
        error ?? metric,
        buggy ? 'broken' : best ? 'best' : '',
      ]),
    ).toEqual([
      [0, 'draft of null', 0.6, 'best'],
      [1, 'draft of null', 'KeyError', 'broken'],
      [2, 'debug of 1', 0.7, 'best'],
      [3, 'improve of 2', 0.5, ''],
      [4, 'improve of 2', 'TimeoutError', 'broken'],
      [5, 'debug of 4', null, 'broken'],
      [6, 'debug of 5', 0.8, 'best'],
    ]);
    expect(await file('/home/submission/submission.csv')).toBe('id,odd\n1,6\n2,6\n3,6\n4,6\n');
    expect(await file('/home/code/best_solution.py')).toBe(`${program('6', 0.8)}\n`);
    // What every node left is kept, but for the one that stands.
    expect(await file('/home/logs/nodes/2/submission/submission.csv')).toContain('1,1\n');
    expect(await file('/home/logs/nodes/1/solution.py')).toBe(`${crashes}\n`);
    expect(nodes[1]?.term_out).toContain("KeyError: 'nothing'");
    expect(nodes[4]?.term_out).toMatch(/^begun\n\[stopped: it ran for its limit of 5 s\]\n$/);
    expect(nodes[4]?.exec_time).toBeGreaterThanOrEqual(5);
    expect(nodes[5]?.analysis).toContain('has not the right format');
    // The mending of a wrong format knows what the format check said.
    expect(questions.at(-2)).toContain('The header is "id,even" and has to be "id,odd".');
    expect(questions[0]).toContain('train.csv: 20 rows, 2 columns');
    expect(steps.filter(({ kind }) => kind === 'tool')).toHaveLength(5);
    const journal = (await file('/home/logs/journal.jsonl'))?.trimEnd().split('\n') ?? [];
    const lines = journal.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ step, metric, is_buggy: buggy }) => [step, metric, buggy])).toEqual(
      nodes.map(({ node, metric, buggy }) => [node, metric, buggy]),
    );
    expect(lines[6]?.['parent']).toBe(lines[5]?.['id']);
    expect(Object.keys(lines[0] ?? {})).toEqual(
      expect.arrayContaining([
        'code',
        'plan',
        'step',
        'id',
        'parent',
        'term_out',
        'exec_time',
        'exc_type',
        'analysis',
        'metric',
        'is_buggy',
      ]),
    );
  });

  test('a program finds nothing of those before it, and leaves nothing but what it hands in', async () => {
    await using sandbox = await open();
    const looks = [
      'import os',
      "print(sorted(os.listdir('.')), os.listdir('/home/submission'))",
      "open('cache.bin', 'w').write('left behind')",
    ].join('\n');
    const { nodes, file } = await solve(
      [
        written('One.', program('0', 0.6, looks)),
        reviewed(0.6),
        written('Two.', program('1', 0.7, looks)),
        reviewed(0.7),
      ],
      { sandbox, config: { aide: { steps: 2, drafts: 2 } } },
    );
    expect(nodes[0]?.term_out).toContain("['solution.py'] []");
    expect(nodes[1]?.term_out).toContain("['best_solution.py', 'solution.py'] []");
    expect(await file('/home/code/cache.bin')).toBeNull();
  });

  test('a program that ruins its folders harms nothing but itself', async () => {
    await using sandbox = await open();
    const ruin = [
      'import os, shutil',
      "os.remove('solution.py')",
      "shutil.rmtree('/home/submission')",
      "os.symlink('/home/data', '/home/submission')",
      "os.remove('best_solution.py')",
      "os.makedirs('best_solution.py')",
    ].join('\n');
    const { outcome, nodes, file } = await solve(
      [
        written('One.', program('0', 0.6)),
        reviewed(0.6),
        written('Ruin.', ruin),
        reviewed(null),
        written('Two.', program('1', 0.7)),
        reviewed(0.7),
      ],
      { sandbox, config: { aide: { steps: 3, drafts: 3 } } },
    );
    expect(outcome.exitStatus).toBe('submitted');
    expect(nodes.map(({ buggy }) => buggy)).toEqual([false, true, false]);
    expect(await file('/home/submission/submission.csv')).toContain('1,1');
    expect(await file('/home/logs/nodes/0/submission/submission.csv')).toContain('1,0');
    expect(await file('/home/code/best_solution.py')).toBe(`${program('1', 0.7)}\n`);
    expect(await file('/home/data/train.csv')).toBe(train);
  });

  test('what stands is back when a run is cut off in the middle', async () => {
    await using sandbox = await open();
    const cut = new AbortController();
    const waits = program('1', 0.7, 'import time\ntime.sleep(60)');
    const answers = [written('One.', program('0', 0.6)), reviewed(0.6), written('Waits.', waits)];
    const solving = solve(answers, {
      sandbox,
      config: { aide: { steps: 2, drafts: 2 } },
      signal: cut.signal,
    });
    solving.catch(() => undefined);
    const running = async (): Promise<boolean> => {
      const options = { timeoutMs: 5000, signal: never };
      const exec = await sandbox.exec(['cat', '/home/code/solution.py'], options);
      return Buffer.from(exec.stdout).toString('utf8') === `${waits}\n`;
    };
    await expect.poll(running).toBe(true);
    cut.abort(new Error('enough'));
    await expect(solving).rejects.toThrow('enough');
    const handedIn = await sandbox.readFile('/home/submission/submission.csv', { signal: never });
    expect(Buffer.from(handedIn).toString('utf8')).toBe('id,odd\n1,0\n2,0\n3,0\n4,0\n');
  });

  test('hands in what there is when the budget ends before any review, and names the end', async () => {
    await using sandbox = await open();
    const { outcome, nodes, file } = await solve(
      [written('One.', program('0', 0.6)), { end: 'refused', detail: 'not this' }],
      { sandbox, config: { aide: { steps: 5 } } },
    );
    expect(outcome).toMatchObject({ exitStatus: 'refused', detail: 'not this' });
    expect(nodes).toMatchObject([{ node: 0, buggy: true, best: false, metric: null }]);
    expect(await file('/home/submission/submission.csv')).toContain('1,0');
  });

  test('stops before the time is over, and a program with it', async () => {
    await using sandbox = await open();
    const { outcome, nodes, file } = await solve(
      [
        written('One.', program('0', 0.6)),
        reviewed(0.6),
        written('Two.', program('1', 0.7, 'import time\ntime.sleep(60)')),
      ],
      { sandbox, config: { aide: { steps: 5 } }, agentS: 12 },
    );
    expect(outcome.exitStatus).toBe('time');
    expect(nodes.map(({ exc_type: error }) => error)).toEqual([null, 'TimeoutError']);
    expect(await file('/home/submission/submission.csv')).toContain('1,0');
  });

  test('a technique task hands in all files, whatever their names', async () => {
    await using sandbox = await open();
    const artifacts = [
      "open('/home/submission/cv_analysis.json', 'w').write('{}')",
      "open('/home/submission/folds.csv', 'w').write('row_id,fold')",
      "print('Validation score: 1')",
    ].join('\n');
    const { outcome, nodes, file } = await solve([written('Folds.', artifacts), reviewed(1)], {
      sandbox,
      technique: 'cv',
      config: { aide: { steps: 1 } },
    });
    expect(outcome.exitStatus).toBe('submitted');
    expect(nodes).toMatchObject([{ metric: 1, buggy: false, best: true }]);
    expect(await file('/home/submission/folds.csv')).toBe('row_id,fold');
    expect(await file('/home/submission/cv_analysis.json')).toBe('{}');
  });

  test.each(['native', 'text'] as const)(
    'over real connections, with %s tool calls',
    async (mode) => {
      await using sandbox = await open();
      const review = reviewArguments(0.6);
      const spoken = `A look.\n\n\`\`\`tool submit_review\n${JSON.stringify(review)}\n\`\`\``;
      await using server = await startModelServer([
        say(programAnswer(program('0', 0.6))),
        mode === 'native' ? callTool('submit_review', review) : say(spoken),
      ]);
      const config = { base_url: server.baseUrl, model: 'tester', tool_calls: mode };
      const host = testHost(folder.path, { env: {} });
      const { outcome, nodes } = await solve([], {
        sandbox,
        config: { ...config, aide: { steps: 1 } },
        model: await openModel(runConfigSchema.parse(config), host, { signal: never, cwd: '/' }),
      });
      expect(outcome.exitStatus).toBe('submitted');
      expect(nodes).toMatchObject([{ metric: 0.6, buggy: false, best: true }]);
      expect(server.requests.map(({ body }) => body.temperature)).toEqual([0.5, 0.5]);
      expect(server.requests[1]?.body.tools?.length ?? 0).toBe(mode === 'native' ? 1 : 0);
    },
  );

  test('the dummy hands in the sample', async () => {
    await using sandbox = await open();
    const { outcome, file } = await solve([], { sandbox, agent: 'dummy' });
    expect(outcome.exitStatus).toBe('submitted');
    expect(await file('/home/submission/submission.csv')).toBe(sample);
    const technique = await solve([], { sandbox, agent: 'dummy', technique: 'cv' });
    expect(technique.outcome.exitStatus).toBe('submitted');
    expect(technique.steps).toEqual([]);
  });
});
