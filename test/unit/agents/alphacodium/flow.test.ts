import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { AgentContext, AgentOutcome, AgentStep } from '../../../../src/runner/agents/agent';
import { alphacodiumAgent } from '../../../../src/runner/agents/alphacodium/alphacodiumAgent';
import { loadPrompts } from '../../../../src/runner/agents/prompts';
import type { Tool } from '../../../../src/runner/agents/tool';
import type { ModelRequest } from '../../../../src/runner/llm/model';
import type { ContestTask, RunConfigInput } from '../../../../src/runner/model';
import {
  noUsage,
  resolveStageLimits,
  runConfigSchema,
  toolParameters,
} from '../../../../src/runner/model';
import { answered, modelOf, refused } from '../../../support/models';
import { never } from '../../../support/temp';

/** A program of these tests is the names of those that it passes; on all others it prints what stands behind `else`. */
function passes(...names: readonly string[]): string {
  return names.join(',');
}

const yaml = (program: string): string => `code: ${JSON.stringify(program)}\n`;

interface Told {
  /** Answers of the code and fix prompts, in their order; the last one again and again. */
  readonly programs: readonly string[];
  readonly aiTests?: number;
  readonly publicTests?: number;
  readonly config?: RunConfigInput;
  readonly answer?: (request: ModelRequest, question: string) => string | null | undefined;
}

interface Episode {
  readonly outcome: AgentOutcome;
  readonly questions: readonly { readonly of: string; readonly request: ModelRequest }[];
  /** `code 1 kept` */
  readonly outcomes: readonly string[];
  readonly steps: readonly AgentStep[];
  readonly written: readonly string[];
}

const questionOf = new Map([
  ['Think about this problem', 'reflect'],
  ['Find ways to solve', 'solutions'],
  ['Several solutions were proposed', 'choose'],
  ['Make tests for this problem', 'tests'],
  ['Write the program', 'code'],
  ['A program for this problem fails', 'fix'],
  ['Solve this problem', 'baseline'],
]);

/** Runs the flow with a model that answers every stage and a judge that reads the program as `passes` writes it. */
async function solve({
  programs,
  aiTests = 0,
  publicTests = 2,
  config = {},
  answer,
}: Told): Promise<Episode> {
  const steps: AgentStep[] = [];
  const questions: { of: string; request: ModelRequest }[] = [];
  const written: string[] = [];
  let program = 0;
  const usual: Readonly<Record<string, () => string>> = {
    reflect: () => 'reflection: it is easy\n',
    solutions: () => 'solutions:\n- name: First\n- name: Second\n- name: Third\n',
    choose: () => 'name: Second\n',
    tests: () =>
      `tests:\n${Array.from({ length: Math.max(1, aiTests) }, (_, n) => `- input: i${String(n)}\n  output: "1"\n`).join('')}`,
    code: () => yaml(programs[Math.min(program++, programs.length - 1)] ?? ''),
  };
  const model = modelOf((request) => {
    const text = request.messages.find(({ role }) => role === 'user')?.content ?? '';
    const of = [...questionOf].find(([start]) => text.startsWith(start))?.[1] ?? 'unknown';
    questions.push({ of, request });
    const own = answer?.(request, of);
    if (own === null) return refused('it would not');
    const kind = of === 'fix' || of === 'baseline' ? 'code' : of;
    return answered(own ?? usual[kind]?.() ?? 'nothing');
  });
  const context = {
    task: taskWith(publicTests),
    brief: { statement: 'THE STATEMENT', workdir: '/w', rules: '' },
    attempt: 2,
    config: runConfigSchema.parse({
      ...config,
      alphacodium: { ai_tests: { count: aiTests }, ...config.alphacodium },
    }),
    gold: null,
    sandbox: () =>
      Promise.resolve({
        workdir: '/w',
        writeFile: (file: string, source: string) => {
          written.push(`${file}: ${source}`);
          return Promise.resolve();
        },
      }),
    tools: () => Promise.resolve([judge(publicTests)]),
    model,
    limits: resolveStageLimits(),
    remainingMs: () => 1000,
    record: (step: AgentStep) => {
      steps.push(step);
      return Promise.resolve();
    },
    show: () => undefined,
    publish: () => undefined,
    signal: never,
  } as unknown as AgentContext; // of its sandbox the flow uses nothing else
  const agent = alphacodiumAgent(await loadPrompts(context.config, '/'));
  const outcome = await agent.solve(context);
  const outcomes = steps.flatMap((step) =>
    step.kind === 'outcome'
      ? [
          [step.flow?.stage, step.flow?.iteration, step.decision]
            .filter((part) => part !== null)
            .join(' '),
        ]
      : [],
  );
  return { outcome, questions, outcomes, steps, written };
}

function taskWith(publicTests: number): ContestTask {
  const tests = Array.from({ length: publicTests }, (_, n) => ({
    input: `p${String(n)}`,
    output: '1 2',
  }));
  // What the flow does not read is left out.
  return {
    benchmark: 'contests',
    style: 'stdin',
    taskId: 't',
    publicTests: tests,
  } as unknown as ContestTask;
}

const runParameters = z.object(toolParameters.contest_run);

function judge(publicTests: number): Tool<typeof runParameters> {
  return {
    name: 'contest_run',
    description: '',
    parameters: runParameters,
    changesFiles: false,
    call: ({ source = '', tests: own = [] }) => {
      const [passed = '', printed = ''] = source.split(' else ');
      const names = [
        ...Array.from({ length: publicTests }, (_, n) => `public test ${String(n + 1)}`),
        ...own.map((_, n) => `own test ${String(n + 1)}`),
      ];
      if (names.length === 0) return Promise.resolve({ ok: false, text: 'no tests' });
      const short = (name: string): string => name.replace(/^(.).* test /, '$1');
      const tests = names.map((name) => {
        const ok = passed.split(',').includes(short(name));
        const verdict = ok ? 'passed' : 'wrong_answer';
        const expected = '1 2';
        return {
          name,
          input: '',
          expected,
          verdict,
          actual: ok ? expected : printed,
          message: null,
        };
      });
      return Promise.resolve({ ok: true, text: 'ran', data: { compile_error: null, tests } });
    },
  };
}

function handedIn({ outcome }: Episode): unknown {
  const { submission } = outcome;
  if (submission?.kind !== 'text') throw new Error('nothing was handed in');
  return submission.text === '' ? null : (JSON.parse(submission.text) as unknown);
}

const asks = ({ questions }: Episode, of: string): number =>
  questions.filter((question) => question.of === of).length;

describe('the first program', () => {
  it('is tried nine times, in turns of the solutions, and the closest one stands', async () => {
    const wrong = ['p1 else x', 'p1 else 1 x', ...Array.from({ length: 7 }, () => ' else x')];
    const episode = await solve({
      programs: wrong,
      config: { alphacodium: { public_fixes: { total: 0 } } },
    });
    const written = episode.questions.filter(({ of }) => of === 'code');
    const solutions = written.map(
      ({ request }) =>
        /# The solution to write\n\n\*\*(\w+)\*\*/.exec(request.messages[1]?.content ?? '')?.[1],
    );
    expect(solutions).toEqual([
      ...['Second', 'Second', 'Third', 'First', 'Second', 'Third', 'First', 'Second', 'Third'],
    ]);
    expect(episode.outcomes.filter((outcome) => outcome.startsWith('code'))).toEqual([
      ...['code 1 kept', 'code 2 kept', 'code 3 discarded', 'code 4 discarded', 'code 5 discarded'],
      ...['code 6 discarded', 'code 7 discarded', 'code 8 discarded', 'code 9 discarded'],
    ]);
    expect(handedIn(episode)).toEqual({ language: 'PYTHON3', source: 'p1 else 1 x' });
  });

  it('is not tried again once it passes the public tests', async () => {
    const episode = await solve({ programs: [' else x', passes('p1', 'p2'), 'never'] });
    expect(asks(episode, 'code')).toBe(2);
    expect(asks(episode, 'fix')).toBe(0);
    expect(episode.outcome).toMatchObject({ exitStatus: 'submitted', detail: null });
  });

  it('stands by itself where there are no public tests', async () => {
    const episode = await solve({ programs: ['x'], publicTests: 0 });
    expect(episode.outcomes.slice(-3)).toEqual(['code 1 kept', 'public skipped', 'ai skipped']);
    expect(handedIn(episode)).toEqual({ language: 'PYTHON3', source: 'x' });
  });

  it('that is asked for again by the same words gets another answer, also from a cache', async () => {
    const episode = await solve({
      programs: [' else x'],
      config: { alphacodium: { initial_code: { retries: 2 }, public_fixes: { total: 0 } } },
    });
    const samples = episode.questions
      .filter(({ of }) => of === 'code')
      .map(({ request }) => request.sample);
    // The second is word for word the first; the third is of another solution.
    expect(samples).toEqual([2, 1002, 2]);
  });
});

describe('fixes on public tests', () => {
  const quick = { alphacodium: { initial_code: { retries: 0 } } };

  it('are three for a test and four in all', async () => {
    const episode = await solve({ programs: [' else x'], config: quick });
    const targets = episode.steps.flatMap((step) =>
      step.kind === 'outcome' && step.flow?.stage === 'public' && step.flow.iteration !== null
        ? [step.detail]
        : [],
    );
    expect(targets).toEqual([
      ...['it still fails public test 1', 'it still fails public test 1'],
      ...['it still fails public test 1', 'it still fails public test 2'],
    ]);
    expect(asks(episode, 'fix')).toBe(4);
  });

  it('that break what passed are reverted, and the next begins with what stood', async () => {
    const episode = await solve({
      programs: ['p1 else x', 'p2 else x', passes('p1', 'p2')],
      config: quick,
    });
    expect(episode.outcomes.slice(-4)).toEqual([
      ...['public 1 reverted', 'public 2 kept', 'public kept', 'ai skipped'],
    ]);
    const prompts = episode.questions.filter(({ of }) => of === 'fix');
    for (const { request } of prompts)
      expect(request.messages[1]?.content).toContain('# Program (Python 3)\n\n    p1 else x\n');
    expect(episode.written).toEqual(['/w/solution.py: p1 else x', '/w/solution.py: p1,p2']);
  });

  it('that cannot be read leave the program as it is', async () => {
    const episode = await solve({
      programs: ['p1 else x'],
      config: { alphacodium: { ...quick.alphacodium, answer_retries: 1 } },
      answer: (_, of) => (of === 'fix' ? 'I do not know.' : undefined),
    });
    expect(episode.outcomes).toContain('public 1 fallback');
    expect(asks(episode, 'fix')).toBe(6); // three for the test, each asked twice
    expect(handedIn(episode)).toEqual({ language: 'PYTHON3', source: 'p1 else x' });
  });
});

describe('fixes on AI tests', () => {
  it('are four in all; a test that passed is an anchor from then on', async () => {
    const episode = await solve({
      programs: [
        'p1,p2,o1', // the first program
        'p1,p2,o2', // breaks o1
        'p1,p2,o1,o3', // mends o3
        'p1,p2,o1,o4', // breaks o3
        'p1,p2,o1,o3', // does not help o5
      ],
      aiTests: 6,
    });
    expect(episode.outcomes.slice(-5)).toEqual([
      ...['ai 1 reverted', 'ai 2 kept', 'ai 3 reverted', 'ai 4 reverted', 'ai kept'],
    ]);
    const details = episode.steps.flatMap((step) =>
      step.kind === 'outcome' && step.flow?.stage === 'ai' ? [step.detail] : [],
    );
    expect(details.slice(0, 4)).toEqual([
      'it fails what passed before: AI test 1',
      'it passes AI test 3',
      'it fails what passed before: AI test 3',
      'it still fails AI test 5',
    ]);
    const [, , , last] = episode.steps.flatMap((step) =>
      step.kind === 'outcome' && step.flow?.stage === 'ai' ? [step.tests] : [],
    );
    expect(last?.filter(({ anchor }) => anchor).map(({ name }) => name)).toEqual([
      ...['public test 1', 'public test 2', 'AI test 1', 'AI test 3'],
    ]);
    expect(handedIn(episode)).toEqual({ language: 'PYTHON3', source: 'p1,p2,o1,o3' });
  });

  it('hold nothing where anchors are not wanted', async () => {
    const episode = await solve({
      programs: ['p1,p2', 'o1'],
      aiTests: 1,
      config: { alphacodium: { ai_tests: { count: 1 }, ai_fixes: { anchors: false, total: 1 } } },
    });
    expect(handedIn(episode)).toEqual({ language: 'PYTHON3', source: 'o1' });
  });

  it('take a public test that still fails once more, at both ends', async () => {
    const episode = await solve({
      programs: ['p1', 'p1', 'p1,p2,o1'],
      aiTests: 1,
      config: {
        alphacodium: {
          initial_code: { retries: 0 },
          ai_tests: { count: 1 },
          public_fixes: { total: 1 },
        },
      },
    });
    expect(episode.outcomes.slice(-2)).toEqual(['ai 1 kept', 'ai kept']);
  });
});

describe('the questions', () => {
  it('are asked in the order of the stages, at their temperatures', async () => {
    const episode = await solve({ programs: ['p1,p2,o1', 'p1,p2'], aiTests: 2 });
    expect(episode.questions.map(({ of, request }) => [of, request.temperature])).toEqual([
      ['reflect', 0.2],
      ['solutions', 0.3],
      ['choose', 0.2],
      ['tests', 0.2],
      ['code', 0.3],
      ['fix', 0.3],
    ]);
    for (const { request } of episode.questions) {
      expect(request.messages.map(({ content }) => content).join('\n')).not.toMatch(/\{\{\w+\}\}/);
      expect(request.messages[1]?.content).toContain('THE STATEMENT');
      expect(request.trial).toEqual({ taskId: 't', attempt: 2 });
    }
    const same = await solve({ programs: ['p1,p2'], config: { temperature: 1 } });
    expect(new Set(same.questions.map(({ request }) => request.temperature))).toEqual(new Set([1]));
  });

  it('are asked again with the reason, three times', async () => {
    const episode = await solve({
      programs: ['p1,p2'],
      answer: (_, of) => (of === 'solutions' ? 'Let me think.' : undefined),
    });
    const again = episode.questions.filter(({ of }) => of === 'solutions');
    expect(again.map(({ request }) => request.messages.length)).toEqual([2, 4, 6, 8]);
    expect(again[1]?.request.messages.at(-1)?.content).toMatch(/^Your answer could not be read: /);
    expect(episode.outcomes.slice(0, 3)).toEqual([
      ...['reflect kept', 'solutions fallback', 'choose skipped'],
    ]);
    expect(episode.outcome.exitStatus).toBe('submitted');
  });

  it('that are refused end the episode, with the program that stands', async () => {
    const episode = await solve({
      programs: ['p1'],
      config: { alphacodium: { initial_code: { retries: 0 } } },
      answer: (_, of) => (of === 'fix' ? null : undefined),
    });
    expect(episode.outcome).toMatchObject({ exitStatus: 'refused', detail: 'it would not' });
    expect(handedIn(episode)).toEqual({ language: 'PYTHON3', source: 'p1' });
    const early = await solve({ programs: [], answer: () => null });
    expect(early.outcome).toMatchObject({ exitStatus: 'refused' });
    expect(handedIn(early)).toBe(null);
    const usages = early.steps.flatMap((step) => (step.kind === 'model' ? [step.usage] : []));
    expect(usages).toEqual([noUsage]);
  });

  it('are one in the baseline', async () => {
    const episode = await solve({
      programs: ['p1 else x'],
      config: { alphacodium: { use_baseline: true, language: 'CPP' } },
    });
    expect(episode.questions.map(({ of }) => of)).toEqual(['baseline']);
    expect(handedIn(episode)).toEqual({ language: 'CPP', source: 'p1 else x' });
    expect(episode.written).toEqual(['/w/solution.cpp: p1 else x']);
  });
});
