import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { RunConfigInput, TrajectoryStep } from '../../../src/runner/model';
import {
  aiTests,
  codeAnswer,
  largest,
  programs,
  reflection,
  solutions,
  story,
  writeScript,
} from '../../support/flowStory';
import type { EndedRun } from '../../support/runs';
import { Bench } from '../../support/runs';
import { describeOn } from '../../support/sandboxes';
import { never } from '../../support/temp';

describeOn('docker', 'the AlphaCodium flow', () => {
  const bench = Bench.use('docker');

  async function solve(
    answers: readonly string[],
    config: RunConfigInput = {},
    problem: typeof largest = largest,
  ): Promise<EndedRun> {
    return await bench.run([problem], {
      agent: 'alphacodium',
      model: await writeScript(path.join(bench.folder, 'answers.jsonl'), answers),
      alphacodium: { initial_code: { retries: 1 } },
      ...config,
    });
  }

  type Outcome = Extract<TrajectoryStep, { kind: 'outcome' }>;

  async function outcomes({ runDir }: EndedRun): Promise<readonly Outcome[]> {
    const options = { signal: never };
    const steps = await bench.runner.readSteps(runDir, 'largest_0', options);
    const bodies = await bench.runner.readStepBodies(runDir, 'largest_0', steps, options);
    return bodies.filter((step) => step.kind === 'outcome');
  }

  function told(steps: readonly Outcome[]): readonly unknown[] {
    return steps.map(({ flow, decision }) => [flow?.stage, flow?.iteration, decision]);
  }

  test('fails a public test, is mended, keeps what holds and reverts what breaks it', async () => {
    const run = await solve(story);
    expect(run.of('largest')).toMatchObject({
      status: 'passed',
      exit_status: 'submitted',
      agent_stats: { turns: story.length },
      contest: { n: 1, c: 1, verdicts: { passed: 1 } },
    });
    const steps = await outcomes(run);
    expect(told(steps)).toEqual([
      ['reflect', null, 'kept'],
      ['solutions', null, 'kept'],
      ['choose', null, 'kept'],
      ['tests', null, 'kept'],
      ['code', 1, 'kept'],
      ['code', 2, 'discarded'],
      ['public', 1, 'reverted'],
      ['public', 2, 'kept'],
      ['public', null, 'kept'],
      ['ai', 1, 'kept'],
      ['ai', 2, 'reverted'],
      ['ai', null, 'kept'],
    ]);
    const [, proposed, , , first, , broke, mended, , helped, bent, end] = steps;
    expect(proposed?.detail).toBe('left out: Brute force');
    expect(first?.tests.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['public test 1', 'passed'],
      ['public test 2', 'wrong_answer'],
    ]);
    expect(first?.tests[1]).toMatchObject({ expected: '-2\n', actual: '0\n' });
    expect(broke?.detail).toContain('public test 1');
    expect(broke?.previous?.source).toBe(programs.fromZero);
    expect(mended?.previous?.source).toBe(programs.fromZero);
    expect(mended?.code?.source).toBe(programs.max);
    expect(helped?.previous?.source).toBe(programs.max);
    // The last of its own tests is wrong; the anchors hold the program.
    expect(bent?.detail).toMatch(/fails what passed before: .*public test 1/);
    expect(bent?.tests.filter(({ anchor }) => anchor).map(({ name }) => name)).toEqual([
      'public test 1',
      'public test 2',
      'AI test 1',
      'AI test 2',
    ]);
    expect(end?.tests.map(({ verdict }) => verdict)).toEqual([
      ...Array.from({ length: 4 }, () => 'passed'),
      'wrong_answer',
    ]);
    const submission = path.join(run.runDir, 'largest_0', 'candidates.jsonl');
    expect(JSON.parse(await readFile(submission, 'utf8'))).toEqual({
      language: 'PYTHON3',
      source: programs.right,
    });
    // Programs that stand are states of the working tree: from fix to fix there is a difference to show.
    expect(steps.filter(({ tree }) => tree !== null).map(({ flow }) => flow)).toMatchObject([
      { stage: 'code', iteration: 1 },
      { stage: 'public', iteration: 2 },
      { stage: 'ai', iteration: 1 },
    ]);
  });

  test('asks again what cannot be read, and goes on without what never can', async () => {
    const talk = 'I would rather talk about it.';
    const run = await solve([
      talk,
      reflection,
      ...Array.from({ length: 4 }, () => talk),
      ...Array.from({ length: 4 }, () => talk),
      codeAnswer(programs.right),
    ]);
    expect(run.of('largest')).toMatchObject({ status: 'passed', agent_stats: { turns: 11 } });
    expect(told(await outcomes(run))).toEqual([
      ['reflect', null, 'kept'],
      ['solutions', null, 'fallback'],
      ['choose', null, 'skipped'],
      ['tests', null, 'fallback'],
      ['code', 1, 'kept'],
      ['public', null, 'skipped'],
      ['ai', null, 'skipped'],
    ]);
  });

  test('hands in the best program there is when the model ends before the flow', async () => {
    const answers = [reflection, solutions, 'name: Sort', aiTests, codeAnswer(programs.max)];
    const run = await solve(answers, { max_turns: 5 });
    expect(run.of('largest')).toMatchObject({
      status: 'failed',
      exit_status: 'max_turns',
      detail: 'runtime_error on private test 2',
    });
  });

  test('hands in nothing where no answer has a program', async () => {
    const answers = [reflection, solutions, 'name: Sort', aiTests, 'no', 'no'];
    const run = await solve(answers, {
      alphacodium: { initial_code: { retries: 1 }, answer_retries: 0 },
    });
    expect(run.of('largest')).toMatchObject({
      status: 'empty_patch',
      exit_status: 'format_error',
    });
  });

  test('the baseline asks one plain question', async () => {
    const fenced = `Here you are:\n\n\`\`\`python\n${programs.right}\`\`\`\n`;
    const run = await solve([fenced], { alphacodium: { use_baseline: true } });
    expect(run.of('largest')).toMatchObject({ status: 'passed', agent_stats: { turns: 1 } });
    expect(told(await outcomes(run))).toEqual([['baseline', null, 'kept']]);
  });

  test('stops at the first solved attempt, also when it is resumed', async () => {
    const model = await writeScript(path.join(bench.folder, 'attempts.jsonl'), [
      codeAnswer(programs.right),
    ]);
    const other = { ...largest, name: 'other' };
    const config = {
      agent: 'alphacodium',
      model,
      attempts: 3,
      stop_when_solved: true,
      alphacodium: { use_baseline: true },
    };
    const run = await bench.run([largest, other], config);
    const phases = [...run.state.trials].map(([id, { phase }]) => `${id} ${phase}`);
    expect(phases).toEqual([
      'largest_0 ended',
      'other_0 ended',
      'largest_1 skipped',
      'other_1 skipped',
      'largest_2 skipped',
      'other_2 skipped',
    ]);
    const again = await bench.resume(run.runDir);
    expect(again.results).toHaveLength(2);
    expect(again.totals).toMatchObject({ total: 2, resolved: 2, skipped: 4, incomplete: 0 });
  });
});
