import { describe, expect, it } from 'vitest';
import type { Completion, Model, ModelRequest } from '../../../../src/runner/llm/model';
import { noUsage, runConfigSchema, trialBudget } from '../../../../src/runner/model';
import { answered, failed, modelOf, refused } from '../../../support/models';
import type { Ran, SearchEpisode } from '../../../support/searchEpisode';
import {
  asksForReview,
  learningTask,
  programAnswer,
  reviewArguments,
  searchEpisode,
} from '../../../support/searchEpisode';

interface Answers {
  /** Scores of the programs in their order, the last one again and again; null: broken. */
  readonly scores?: readonly (number | null)[];
  /** Takes the place of an answer; `n` counts all requests from 0. */
  readonly instead?: (request: ModelRequest, n: number) => Completion | null;
}

interface Asking {
  readonly model: Model;
  readonly requests: ModelRequest[];
}

/** A model that writes programs `x = N` and reviews them with the scores that it was given. */
function modelWith({ scores = [0.5], instead = () => null }: Answers = {}): Asking {
  const requests: ModelRequest[] = [];
  let programs = 0;
  const model = modelOf((request) => {
    const n = requests.push(request) - 1;
    const own = instead(request, n);
    if (own !== null) return own;
    if (!asksForReview(request)) {
      programs += 1;
      return answered(programAnswer(`x = ${String(programs - 1)}`));
    }
    const metric = scores[Math.min(programs, scores.length) - 1] ?? null;
    return reviewed(reviewArguments(metric));
  });
  return { model, requests };
}

function reviewed(args: object): Completion {
  const call = { id: 'r', name: 'submit_review', arguments: JSON.stringify(args) };
  return answered('', { toolCalls: [call] });
}

const overBudget = {
  kind: 'over_budget',
  stop: { of: 'trial', limit: 'turns' },
  detail: 'no more turns',
  usage: noUsage,
  durationMs: 0,
  attempts: 0,
  cached: false,
} as const satisfies Completion;

function outline({ nodes }: SearchEpisode): readonly string[] {
  return nodes.map(({ node, stage, parent, buggy, best }) => {
    const from = parent === null ? '' : ` of ${String(parent)}`;
    return `${String(node)} ${stage}${from}${buggy ? ' broken' : best ? ' best' : ''}`;
  });
}

function textOf({ messages }: ModelRequest): string {
  return messages.map(({ content }) => content).join('\n');
}

describe('a search', () => {
  it('drafts, mends, improves greedily', async () => {
    const { model } = modelWith({ scores: [0.5, null, 0.7, 0.6, 0.8, 0.8] });
    const episode = await searchEpisode({ model, config: { aide: { steps: 6, drafts: 2 } } });
    expect(outline(episode)).toEqual([
      '0 draft best',
      '1 draft broken',
      '2 debug of 1 best',
      '3 improve of 2',
      '4 improve of 2 best',
      '5 improve of 4',
    ]);
    expect(episode.outcome).toEqual({
      exitStatus: 'submitted',
      detail: '6 solutions, the best one is number 4 with 0.8',
      submission: null,
    });
  });

  it('prefers the competition’s direction to the reviews', async () => {
    const { grader } = learningTask.competition;
    const competition = { ...learningTask.competition, grader: { ...grader, metric: 'log-loss' } };
    const task = { ...learningTask, competition } as typeof learningTask; // one metric for another
    const { model, requests } = modelWith({ scores: [0.5, 0.4, 0.6] });
    const episode = await searchEpisode({ model, task, config: { aide: { steps: 3, drafts: 3 } } });
    expect(outline(episode)).toEqual(['0 draft best', '1 draft best', '2 draft']);
    expect(textOf(requests[1]!)).toContain("Of this task's own metric a lower one is.");
  });

  it('puts an earlier solution back when the reviews turn the direction', async () => {
    const scoring = [0.9, 0.1, 0.5];
    let review = -1;
    const { model } = modelWith({
      instead: (request) => {
        if (!asksForReview(request)) return null;
        review += 1;
        const lower = review > 0;
        return reviewed(reviewArguments(scoring[review] ?? null, { lower_is_better: lower }));
      },
    });
    const grader = { name: 'own', grade_fn: 'grade.py:grade' };
    const competition = { ...learningTask.competition, grader };
    const task = { ...learningTask, competition, thresholds: null };
    const { requests } = await searchEpisode({
      model,
      task,
      config: { aide: { steps: 3, drafts: 3 } },
    });
    const settled = requests.filter((request) => request['do'] === 'settle');
    expect(settled.map(({ was, stands }) => [was, stands])).toEqual([
      [null, 0], // before its review
      [0, 0],
      [0, 0],
      [0, 1],
    ]);
  });

  it('is the same again with the same seed, another one for another attempt', async () => {
    const story = async (attempt: number, seed = 3): Promise<string> => {
      const { model, requests } = modelWith({ scores: [0.5, null, null, null, 0.6, null] });
      const config = { seed, aide: { steps: 20, drafts: 3, debug_probability: 0.5 } };
      const episode = await searchEpisode({ model, attempt, config });
      return JSON.stringify([outline(episode), requests.map(textOf)]);
    };
    expect(await story(0)).toBe(await story(0));
    expect(await story(1)).not.toBe(await story(0));
    expect(await story(0, 4)).not.toBe(await story(0));
  });

  it('asks for another answer to the same question', async () => {
    const { model, requests } = modelWith({ instead: () => answered('no program') });
    await searchEpisode({ model, attempt: 2, config: { aide: { steps: 1 } } });
    // The third question is the second one again, and the cache is not to answer it.
    expect(requests.map(({ sample }) => sample)).toEqual([2, 2, 1002]);
  });
});

describe('what a model is told', () => {
  it('is the task, the data, what is left, and of earlier solutions what helps', async () => {
    const { model, requests } = modelWith({ scores: [0.5, null, 0.7, 0.9] });
    await searchEpisode({
      model,
      config: { aide: { steps: 4, drafts: 2, exec_timeout: 90 } },
      runs: (code): Ran => ({ output: `ran ${code}`, exitCode: code === 'x = 1\n' ? 1 : 0 }),
    });
    const [draft, review, , , debug, , improve] = requests.map(textOf);
    expect(draft).toContain('THE STATEMENT');
    expect(draft).toContain('THE RULES');
    expect(draft).toContain('THE DATA');
    expect(draft).toContain(
      'It may run for 1 minute. There is room for 4 more programs, and 5 minutes',
    );
    expect(review).toContain('ran x = 0');
    expect(debug).toContain('```python\nx = 1\n```');
    expect(debug).toContain('It was ended by SystemExit.');
    expect(improve).toContain('```python\nx = 2\n```');
    expect(improve).toContain('Its validation score is 0.7, and a higher one is better.');
    expect(improve).toContain('Solution 1 failed (SystemExit)');
    expect(improve).toContain('There is room for 1 more programs');
  });

  it('has no placeholder left, and nothing of the leaderboard', async () => {
    const { model, requests } = modelWith({ scores: [0.5, null, 0.7, 0.9] });
    await searchEpisode({ model, config: { aide: { steps: 5, drafts: 2 } } });
    const all = requests.map(textOf).join('\n');
    expect(all).not.toMatch(/\{\{\w+\}\}/);
    for (const secret of ['0.987654', '0.912345', '0.887766', '0.612345'])
      expect(all).not.toContain(secret);
  });

  it('fits its window, however long the journal, the output and the statement are', async () => {
    const window = 16_000;
    const { model, requests } = modelWith({ scores: [0.1, null, 0.2, 0.3] });
    await searchEpisode({
      model,
      statement: 'A long statement. '.repeat(3000),
      config: { context_window: window, max_output_tokens: 4000, aide: { steps: 20 } },
      runs: () => ({ output: 'noise\n'.repeat(5000) }),
    });
    const room = (window - 4000) * 3;
    const longest = Math.max(...requests.map((request) => Buffer.byteLength(textOf(request))));
    expect(longest).toBeLessThanOrEqual(room);
    expect(longest).toBeGreaterThan(room * 0.8);
  });

  it('is shorter when the model says that it was too long', async () => {
    const limit = 24_000;
    const { model, requests } = modelWith({
      instead: (request) =>
        Buffer.byteLength(textOf(request)) > limit
          ? { ...overBudget, kind: 'context_overflow', detail: 'too long' }
          : null,
    });
    const statement = 'A long statement. '.repeat(5000);
    const { outcome, nodes } = await searchEpisode({
      model,
      statement,
      config: { aide: { steps: 2 } },
    });
    expect(outcome.exitStatus).toBe('submitted');
    expect(nodes).toHaveLength(2);
    expect(requests.length).toBeGreaterThan(4);
  });

  it('ends the search when it never fits', async () => {
    const { model, requests } = modelWith({
      instead: () => ({ ...overBudget, kind: 'context_overflow', detail: 'too long' }),
    });
    const { outcome } = await searchEpisode({ model });
    expect(outcome).toMatchObject({ exitStatus: 'context_overflow', detail: 'too long' });
    expect(requests.length).toBeLessThan(5);
  });
});

describe('answers that cannot be used', () => {
  it('are asked again with the reason', async () => {
    const { model, requests } = modelWith({
      instead: (_, n) => (n === 0 ? answered('Let me think about it.') : null),
    });
    const { outcome, questions } = await searchEpisode({ model, config: { aide: { steps: 1 } } });
    expect(outcome.exitStatus).toBe('submitted');
    expect(requests[1]?.messages.map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'user',
    ]);
    expect(questions[1]).toContain('there is no program in it');
  });

  it('use up a step, and end the search when there are too many in a row', async () => {
    const useless = answered('no program');
    const some = modelWith({ instead: (_, n) => (n < 6 ? useless : null) });
    const config = { aide: { steps: 4 } };
    const going = await searchEpisode({ model: some.model, config });
    expect(going.outcome.exitStatus).toBe('submitted');
    expect(going.nodes).toHaveLength(2);
    const all = modelWith({ instead: () => useless });
    const { outcome } = await searchEpisode({ model: all.model, config });
    expect(outcome).toMatchObject({
      exitStatus: 'format_error',
      detail: expect.stringContaining('3 steps in a row without a program') as string,
    });
    expect(all.requests).toHaveLength(9);
  });

  it('of a reviewer make a solution broken, which is handed in only while there is no other', async () => {
    const { model, requests } = modelWith({
      scores: [null, 0.5],
      instead: (request, n) =>
        asksForReview(request) && n < 4 ? answered('It looks fine.') : null,
    });
    const episode = await searchEpisode({ model, config: { aide: { steps: 2, drafts: 2 } } });
    expect(outline(episode)).toEqual(['0 draft broken', '1 draft best']);
    expect(episode.nodes[0]?.analysis).toContain('its review cannot be used');
    const settled = episode.requests.filter((request) => request['do'] === 'settle');
    expect(settled.map(({ stands }) => stands)).toEqual([0, 0, 1]);
    // Every call of a tool is answered in the conversation.
    expect(requests[2]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  });
});

describe('the end of a search', () => {
  it.each<[string, Completion, string]>([
    ['a refusal', refused('no'), 'refused'],
    ['a model that fails', failed('gone'), 'model_error'],
    ['its budget', overBudget, 'max_turns'],
    [
      'its time',
      { ...overBudget, stop: { of: 'trial', limit: 'time_s' }, detail: 'no time' },
      'time',
    ],
  ])('by %s has its name, also in the middle of a step', async (_, end, exitStatus) => {
    for (const at of [2, 3]) {
      const { model } = modelWith({ instead: (__, n) => (n === at ? end : null) });
      const { outcome, nodes } = await searchEpisode({ model });
      expect(outcome.exitStatus).toBe(exitStatus);
      // What ran is in the journal, reviewed or not.
      expect(nodes).toHaveLength(at === 2 ? 1 : 2);
    }
  });

  it('comes after 500 steps, or 8 of the variant for trying things out', async () => {
    const short = modelWith();
    const dev = await searchEpisode({ model: short.model, config: { agent: 'aide/dev' } });
    expect(dev.nodes).toHaveLength(8);
    const budgetOf = (config: object): number =>
      trialBudget(runConfigSchema.parse({ agent: 'aide', ...config })).turns;
    // Never stopped by turns that nobody limited.
    expect(budgetOf({})).toBe(3000);
    expect(budgetOf({ agent: 'aide/dev' })).toBe(100);
    expect(budgetOf({ max_turns: 7 })).toBe(7);
    expect(budgetOf({ agent: 'runner' })).toBe(100);
  });

  it('says when nothing works', async () => {
    const { model } = modelWith({ scores: [null] });
    const config = { aide: { steps: 2, drafts: 2 } };
    const some = await searchEpisode({ model, config });
    expect(some.outcome.detail).toBe('2 solutions, none of which works; number 1 is handed in');
    const none = await searchEpisode({
      model: modelWith({ scores: [null] }).model,
      config,
      runs: () => ({ submitted: 0 }),
    });
    expect(none.outcome.detail).toBe('2 solutions, none of which hands anything in');
  });
});

describe('the files of solutions', () => {
  it('are kept for the best within limits, and always for the one that stands', async () => {
    const { model } = modelWith({ scores: [0.1, 0.4, 0.2, 0.3, 0.9] });
    const { requests } = await searchEpisode({
      model,
      config: { aide: { steps: 5, drafts: 5 } },
      runs: () => ({ submitted: 30 * 1024 ** 2 }),
    });
    const settled = requests.filter(({ do: what, journal }) => what === 'settle' && journal !== '');
    expect(settled.map(({ drop }) => drop)).toEqual([[], [], [], [0], [2]]);
  });

  it('are not run on anything but learning tasks, nor without Python', async () => {
    const { model } = modelWith();
    const other = { ...learningTask, benchmark: 'swe' } as unknown as typeof learningTask; // a task of another benchmark
    await expect(searchEpisode({ model, task: other })).rejects.toMatchObject({
      code: 'invalid-config',
    });
    await expect(searchEpisode({ model, python: 127 })).rejects.toMatchObject({
      code: 'image-unsuitable',
    });
    for (const agent of ['aide', 'dummy'])
      await expect(searchEpisode({ model, task: other, config: { agent } })).rejects.toMatchObject({
        code: 'invalid-config',
      });
  });
});
