import { describe, expect, it } from 'vitest';
import {
  competitionState,
  lowerIsBetter,
  metricName,
  mleFacts,
  notRunnable,
} from '../../../src/presentation/competitionLabels';
import { competitionRow, stateFlags } from '../../../src/presentation/competitionRow';
import {
  competitionStatement,
  gradeStatement,
  techniqueStatement,
} from '../../../src/presentation/competitionStatement';
import { mleTests } from '../../../src/presentation/mleTests';
import { mleTables } from '../../../src/presentation/mleView';
import { preparedMessage } from '../../../src/presentation/preparedCompetitions';
import { columnsOf, trialRow } from '../../../src/presentation/reportRows';
import { runReportView } from '../../../src/presentation/reportView';
import { reportOf } from '../../../src/presentation/runReport';
import { RunTree } from '../../../src/presentation/runTree';
import { withServer } from '../../../src/presentation/serverStatus';
import { TaskTree } from '../../../src/presentation/taskTree';
import { toRunConfig } from '../../../src/presentation/runSettings';
import { describeTrial } from '../../../src/presentation/trialLabels';
import type {
  CompetitionConfig,
  CompetitionPage,
  CompetitionResult,
  MleTask,
  PreparedManifest,
  TechniqueId,
  TechniqueResult,
  TrialPlan,
} from '../../../src/runner/index';
import {
  competitionConfigSchema,
  competitionReport,
  competitionResult,
} from '../../../src/runner/model';
import { summaryOf } from '../../../src/runner/run/stepSummary';
import { searchSteps } from '../../support/searchSteps';
import { passedResult } from '../../support/results';
import { plainSettings, planOf, Story } from './fixtures';

const config: CompetitionConfig = competitionConfigSchema.parse({
  id: 'pizza',
  name: 'Random <b>Pizza</b>',
  data_kind: 'text',
  dataset: {
    answers: 'a.csv',
    sample_submission: 's.csv',
    train: { file: 'train.csv', target: 'got' },
  },
  grader: { metric: 'auc', id_column: 'request_id', target_columns: ['got'] },
  preparer: 'prepare.py:prepare',
});
const thresholds = {
  gold_threshold: 0.98,
  silver_threshold: 0.77,
  bronze_threshold: 0.69,
  median_threshold: 0.6,
  is_lower_better: false,
  num_teams: 462,
};
const manifest: PreparedManifest = {
  v: 1,
  competition_id: 'pizza',
  prepared_at: '2026-01-31T08:05:09.000Z',
  digest: 'd',
  rows: { train: 2878, test: 1162 },
  files: 3,
  bytes: 2_100_000,
};
const page: CompetitionPage = {
  id: 'pizza',
  config,
  folder: '/competitions/pizza',
  splits: ['dev', 'lite'],
  complete: true,
  prepared: null,
  description: '# Pizza\n\nWho gets <img src=x> one?\n',
  leaderboard: null,
  data: { raw: '/r', public: '/p', private: '/q' },
};

function graded(score: number | null, message: string | null = null): CompetitionResult {
  const grade = {
    score,
    score_exact: score,
    submission_exists: true,
    valid_submission: score !== null,
    message,
  };
  return competitionResult({ id: 'pizza' }, grade, thresholds);
}

const technique: TechniqueResult = {
  task: 'imbalance',
  score: 0.85,
  passed: true,
  not_applicable: false,
  message: '0.85 of 1',
  checks: [
    { name: 'counts', weight: 0.6, score: 1, message: 'all classes counted' },
    { name: 'strategy', weight: 0.4, score: 0.625, message: 'oversample does not fit' },
  ],
};

describe('what can be done with a competition', () => {
  it('depends on what is there of it', () => {
    const generated = { ...page, config: { ...config, generator: 'generate.py:generate' } };
    const described = { ...page, complete: false };
    const prepared = { ...page, prepared: manifest };
    expect([page, generated, described, prepared].map(competitionState)).toEqual([
      'unprepared',
      'generated',
      'described',
      'prepared',
    ]);
    expect([generated, prepared].map(notRunnable)).toEqual([null, null]);
    expect(notRunnable(page)).toContain('Prepare Competition…');
    expect(notRunnable(described)).toContain('described only');
    expect(stateFlags(page)).toEqual(['preparable', 'unprepared']);
    expect(stateFlags(generated)).toEqual(['runnable', 'preparable']);
    expect(stateFlags(described)).toEqual([]);
    expect(stateFlags(undefined)).toEqual(['runnable']);
  });

  it('is told in its row, the state first', () => {
    expect(competitionRow(config, page)).toEqual({
      description: 'not prepared · AUC · text',
      icon: 'cloud-download',
      flags: ['competition', 'preparable', 'unprepared'],
    });
    expect(competitionRow(config, { ...page, prepared: manifest })).toEqual({
      description: 'AUC · text',
      icon: 'symbol-text',
      flags: ['competition', 'runnable'],
    });
  });

  it('is scored by its metric, in its direction', () => {
    const logLoss = { ...config, grader: { ...config.grader, metric: 'log-loss' as const } };
    expect([metricName(config), lowerIsBetter(config)]).toEqual(['AUC', false]);
    expect(lowerIsBetter(logLoss)).toBe(true);
    const own = { grader: { name: 'Dice', grade_fn: 'grade.py:grade' } };
    expect([metricName(own), lowerIsBetter(own)]).toEqual(['Dice', null]);
  });
});

describe('pages', () => {
  it('of a competition have facts, description, submission, medals and files', () => {
    const files = [
      { path: 'train.csv', bytes: 1500 },
      { path: 'images/', bytes: null },
    ];
    const text = competitionStatement(
      { ...page, config: { ...config, thresholds }, prepared: manifest },
      files,
    );
    expect(text).toMatch(/^# Pizza\n/);
    expect(text).toContain('| Metric | AUC, higher is better |');
    expect(text).toContain('2,878 rows of train · 1,162 rows of test · 3 files · 2.1 MB');
    expect(text).toContain('Columns: `request_id`, `got`.');
    expect(text).toContain('| Silver | 0.77 |');
    expect(text).toContain('The median is 0.6 of 462 teams');
    expect(text).toContain('| train.csv | 1.5 kB |\n| images/ |  |');
    expect(text).not.toContain('<img');
  });

  it('of a competition without title or thresholds name it, and say that it is not prepared', () => {
    const text = competitionStatement({ ...page, description: 'Who?' }, []);
    expect(text).toMatch(/^# Random \\<b\\>Pizza/);
    expect(text).toContain('its data is not prepared yet');
    expect(text).not.toMatch(/## (Medals|Data Files)/);
  });

  it('of technique tasks say what is handed in', () => {
    const info = {
      name: 'cv' as const,
      title: 'Cross-validation',
      description: 'Assign folds.',
      artifacts: ['cv_analysis.json', 'folds.csv'],
    };
    const text = techniqueStatement(info, page);
    expect(text).toContain('| Made from | train.csv |');
    expect(text).toContain('- cv\\_analysis.json\n- folds.csv');
    expect(text).toContain('70 % pass');
  });

  it('of a grade tell score, place and medals, or why it is invalid', () => {
    const facts = { createdAt: '2026-01-31T08:05:09.000Z', submissionPath: '/s.csv' };
    const board = [0.99, 0.98, 0.5, 0.4];
    const good = gradeStatement(competitionReport(graded(0.7), facts), {
      config,
      leaderboard: board,
    });
    expect(good).toContain(': bronze medal');
    expect(good).toContain('| Place | 3 of 4 |');
    expect(good).toContain('| Bronze | 0.69 |');
    const bad = gradeStatement(competitionReport(graded(null, 'column "got" is missing'), facts), {
      config,
      leaderboard: null,
    });
    expect(bad).toContain(': invalid submission');
    expect(bad).toContain('| Why | column "got" is missing |');
    expect(bad).not.toContain('Above the median');
  });
});

describe('trials', () => {
  const plan: TrialPlan = { ...planOf('pizza'), benchmark: 'mle', group: 'pizza', repo: null };
  const ended = (more: Parameters<Story['end']>[1]): ReturnType<Story['trial']> =>
    new Story([plan]).start(plan.trial_id).end(plan, more).trial(plan.trial_id);
  const here = { attempts: 1, ownedHere: true, alive: true };

  it('are told by medal and score', () => {
    const detail = 'score 0.8, silver medal, above the median';
    const silver = describeTrial(ended({ competition: graded(0.8), detail }), here);
    expect(silver.description).toBe('silver medal · 0.8 · 12s');
    expect(silver.accessibleLabel).toBe('pizza, silver medal, score 0.8');
    expect(silver.flags).toEqual(
      expect.arrayContaining(['hasLeaderboard', 'hasSubmission', 'hasTests']),
    );
  });

  it('are told with the reason where a submission is invalid', () => {
    const why = 'column "got" is missing';
    const result = { status: 'failed', cause: 'invalid_submission', detail: why } as const;
    const shown = describeTrial(ended({ ...result, competition: graded(null, why) }), here);
    expect(shown.description).toBe('invalid submission · 12s');
    expect(shown.accessibleLabel).toBe(`pizza, invalid submission: ${why}`);
  });

  it('of technique tasks are told by their score', () => {
    const shown = describeTrial(ended({ technique, detail: technique.message }), here);
    expect(shown.description).toBe('passed · 85 % · 12s');
    expect(mleFacts({ technique: { ...technique, not_applicable: true, score: null } })).toEqual([
      'not applicable',
    ]);
  });

  it('are tests in Test Results: the competition one, each check of a technique task one', () => {
    const [group] = mleTests(
      passedResult({ task_id: 'pizza', competition: graded(0.5), status: 'failed' }),
    );
    expect(group?.tests).toMatchObject([
      { label: 'pizza', outcome: 'failed', description: 'no medal · 0.5' },
    ]);
    expect(group?.tests[0]?.message).toContain('bronze needs 0.69');
    const [checks] = mleTests(passedResult({ task_id: 'pizza/imbalance', technique }));
    expect(checks?.tests.map(({ outcome, description }) => [outcome, description])).toEqual([
      ['passed', '100 % of 60 %'],
      ['failed', '62.5 % of 40 %'],
    ]);
    expect(mleTests(passedResult({ task_id: 'x' }))).toEqual([]);
  });

  it('have columns and tables of their own in the report', () => {
    const second = { ...plan, trial_id: 'pizza_1', index: 1, attempt: 1 };
    const story = new Story([plan, second]);
    story.start(plan.trial_id).end(plan, { competition: graded(0.7) });
    story.start(second.trial_id).end(second, { competition: graded(0.8) });
    const titles = columnsOf(story.state).map(({ title }) => title);
    expect(titles).toEqual(expect.arrayContaining(['Competition', 'Outcome', 'Score']));
    const row = trialRow(story.trial(second.trial_id), story.state);
    expect(row.cells[titles.indexOf('Outcome')]).toBe('silver medal');
    expect(row.numbers[titles.indexOf('Score')]).toBe(0.8);
    const [competitions, techniques] = mleTables(story.state);
    expect(competitions?.rows.map(({ cells }) => cells)).toEqual([
      ['pizza', '2/2', '2', '0.75 ± 0.05'],
    ]);
    expect(techniques?.rows).toEqual([]);
    // The page has no second table of the same competitions.
    const context = { now: 0, formatTime: String, validations: [], leaveOut: false };
    const shown = runReportView(story.state, context).tables.map(({ title }) => title);
    expect(shown.filter((title) => title.includes('ompetition'))).toEqual(['Competitions']);
    const { tables } = reportOf([story.state], { stable: true, compare: false });
    expect(tables.find(({ title }) => title === 'Competitions')?.rows).toEqual([
      ['run 1', 'pizza', '2/2', '2', '0.75 ± 0.05'],
    ]);
  });
});

describe('the tree of tasks', () => {
  it('has competitions by dataset, and their technique tasks below them', () => {
    const task = (name: TechniqueId | null): MleTask => {
      const taskId = name === null ? 'pizza' : `pizza/${name}`;
      const common = { repo: null, ref: null, version: null, difficulty: null } as const;
      return {
        ...common,
        benchmark: 'mle',
        taskId,
        group: 'pizza',
        dataset: 'MLE-bench',
        size: { patchLines: null, tests: null },
        source: { file: `mle:${taskId}`, line: 0 },
        competition: config,
        description: '',
        thresholds: null,
        folder: '/competitions/pizza',
        technique: name,
      };
    };
    const tree = new TaskTree([task('leakage'), task(null), task('cv')]);
    const [benchmark] = tree.roots;
    // Its only dataset has its name, which is said once.
    expect([benchmark?.label, benchmark?.description]).toEqual(['MLE-bench', '3 tasks']);
    const [group] = benchmark === undefined ? [] : tree.childrenOf(benchmark);
    expect(group?.label).toBe('pizza');
    const leaves = group === undefined ? [] : tree.childrenOf(group);
    expect(leaves.map(({ label }) => label)).toEqual(['competition', 'cv', 'leakage']);
  });
});

describe('the solutions of a search', () => {
  const plan = planOf('pizza');

  it('stand below their trial as a tree, and grow while it runs', () => {
    const listing = { runDir: '/runs/r', runId: 'r' };
    const tree = new RunTree(listing);
    const story = new Story([plan]).start(plan.trial_id);
    const trial = tree.trial(plan.trial_id);
    const kinds = (): readonly string[] =>
      tree.childrenOf(trial, story.state).map(({ kind }) => kind);
    expect(kinds()).not.toContain('solutions');
    for (const [n, step] of searchSteps.entries())
      story.tell({
        type: 'agent.step',
        trial: plan.trial_id,
        step: n + 1,
        agent: null,
        tree: null,
        offset: 0,
        bytes: 1,
        ...summaryOf(step),
      });
    const solutions = tree.childrenOf(trial, story.state).find(({ kind }) => kind === 'solutions');
    expect(solutions).toBeDefined();
    if (solutions === undefined) return;
    const numbers = (node: typeof solutions): readonly unknown[] =>
      tree
        .childrenOf(node, story.state)
        .map((child) => (child.kind === 'solution' ? [child.node, numbers(child)] : child.kind));
    expect(numbers(solutions)).toEqual([
      [0, [[3, []]]],
      [1, [[2, []]]],
    ]);
    const [draft] = tree.childrenOf(solutions, story.state);
    const [improved] = draft === undefined ? [] : tree.childrenOf(draft, story.state);
    expect(improved === undefined ? null : tree.parentOf(improved, story.state)).toBe(draft);
    expect(draft === undefined ? null : tree.parentOf(draft, story.state)).toBe(solutions);
  });
});

describe('what preparing came to', () => {
  const failed = (message: string) => ({
    id: 'pizza',
    state: 'failed' as const,
    manifest: null,
    message,
  });

  it('leads to the rules that have to be accepted', () => {
    const url = 'https://www.kaggle.com/c/pizza/rules';
    const shown = preparedMessage([failed(`Accept the rules of pizza first: ${url}`)]);
    expect(shown).toEqual({ ok: false, text: expect.stringContaining(url) as string, rules: url });
    expect(preparedMessage([failed('disk is full')]).rules).toBeNull();
    expect(preparedMessage([failed('see https://evil.example/c/pizza/rules')]).rules).toBeNull();
  });

  it('names what is ready with its rows', () => {
    const ready = { id: 'pizza', state: 'prepared' as const, manifest, message: null };
    expect(preparedMessage([ready]).text).toBe(
      'pizza is prepared: 2,878 rows of train · 1,162 rows of test · 2.1 MB.',
    );
    const both = preparedMessage([ready, failed('no such folder')]);
    expect(both.text).toBe('pizza: no such folder 1 other competition prepared.');
  });
});

describe('the server in the status bar', () => {
  it('stands beside the runs, or alone', () => {
    const runs = {
      text: '$(beaker) 1/2',
      tooltip: 'Benchyard\nx',
      accessibleLabel: 'Benchyard: 1 of 2',
    };
    expect(withServer(null, null)).toBeNull();
    expect(withServer(runs, null)).toBe(runs);
    const url = 'http://127.0.0.1:8000';
    expect(withServer(null, url)?.text).toBe('$(beaker) $(broadcast) 8000');
    expect(withServer(runs, url)).toEqual({
      text: '$(beaker) 1/2 $(broadcast) 8000',
      tooltip: `Benchyard\nx\nServer: ${url}`,
      accessibleLabel: `Benchyard: 1 of 2, server at ${url}`,
    });
  });
});

it('folders of competitions and their data reach the core', () => {
  const config = (folders: string[], data: string) =>
    toRunConfig({ ...plainSettings, competitions: { folders, data } }, {}).mle;
  expect(config([], '')).toBeUndefined();
  expect(config(['mine'], '')).toEqual({ registry: ['mine'] });
  expect(config([], '/data')).toEqual({ registry: [], data_dir: '/data' });
});
