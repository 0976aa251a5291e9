import { describe, expect, it } from 'vitest';
import { makeBoard, placeAmong } from '../../../src/presentation/leaderboard';
import type { Board } from '../../../src/presentation/leaderboardMessages';
import { leaderboardViewSchema } from '../../../src/presentation/leaderboardMessages';
import { leaderboardPlot } from '../../../src/presentation/leaderboardPlot';
import type { BoardEntry } from '../../../src/presentation/leaderboardView';
import { leaderboardView } from '../../../src/presentation/leaderboardView';
import type { MedalThresholds } from '../../../src/runner/model';
import { competitionConfigSchema, competitionResult } from '../../../src/runner/model';

/** 120 teams, the best first: 0.99, 0.985, … */
const higher = Array.from({ length: 120 }, (_, n) => 0.99 - n * 0.005);
const lower = higher.map((score) => 1 - score);
const size = { width: 900, height: 400 };

const thresholds: MedalThresholds = {
  gold_threshold: 0.16506,
  silver_threshold: 0.26996,
  bronze_threshold: 0.29381,
  median_threshold: 0.418785,
  is_lower_better: true,
  num_teams: null,
};

function board(
  scores: readonly number[] | null,
  marks: readonly number[] = [],
  given: MedalThresholds | null = null,
): Board {
  const entries = marks.map((score, n) => ({
    id: String(n),
    name: `attempt ${String(n + 1)}`,
    score,
  }));
  const made = makeBoard({ scores, thresholds: given }, entries);
  if (made === null) throw new Error('there is no board');
  return made;
}

function entry(score: number | null, more: Partial<BoardEntry> = {}): BoardEntry {
  const grade = {
    score,
    score_exact: score,
    submission_exists: true,
    valid_submission: score !== null,
    message: score === null ? 'the column "EAP" is missing' : null,
  };
  const result = competitionResult({ id: 'x' }, grade, thresholds);
  return {
    id: `run\n${String(score)}`,
    name: 'attempt 1',
    result,
    solved: result.any_medal,
    ...more,
  };
}

describe('a place on the board', () => {
  it('is behind all that are better and beside those that are equal', () => {
    expect(placeAmong([5, 4, 4, 3], 4, false)).toBe(2);
    expect(placeAmong([1, 2, 2, 3], 2, true)).toBe(2);
    expect(placeAmong([5, 4], 9, false)).toBe(1);
    expect(placeAmong([5, 4], 1, false)).toBe(3);
  });

  it('is that of the thresholds for scores that just reach them', () => {
    for (const scores of [higher, lower]) {
      const { lines } = board(scores);
      const { marks } = board(
        scores,
        lines.map(({ score }) => score),
      );
      expect(lines.slice(0, 3).map(({ place }) => place)).toEqual([10, 24, 48]);
      expect(marks.slice(0, 3).map(({ place }) => place)).toEqual([10, 24, 48]);
    }
  });

  it('is estimated between thresholds where the board is not here, in their order', () => {
    const known = { ...thresholds, num_teams: 1000 };
    const { marks, whole } = board(null, [0.1, 0.2, 0.28, 0.4, 0.9], known);
    expect(whole).toBe(false);
    const places = marks.map(({ place }) => place ?? Infinity);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(places[0]).toBeLessThan(12);
    expect(places[1]).toBeGreaterThan(12);
    expect(places[2]).toBeLessThan(100);
    expect(places[3]).toBeLessThan(500);
    expect(places[4]).toBeGreaterThan(500);
    expect(places[4]).toBeLessThanOrEqual(1000);
  });

  it('is not known without the number of teams, and nothing at all without thresholds', () => {
    expect(board(null, [0.2], thresholds).marks).toEqual([
      { id: '0', name: 'attempt 1', score: 0.2, place: null },
    ]);
    expect(makeBoard({ scores: null, thresholds: null }, [])).toBeNull();
    expect(makeBoard({ scores: [], thresholds: null }, [])).toBeNull();
  });
});

describe('the picture', () => {
  it('has better scores above and better places to the left, whatever the direction', () => {
    for (const scores of [higher, lower]) {
      const plot = leaderboardPlot(board(scores), size);
      for (const [n, point] of plot.curve.slice(1).entries()) {
        const before = plot.curve[n];
        expect(point.x).toBeGreaterThan(before?.x ?? 0);
        expect(point.y).toBeGreaterThanOrEqual(before?.y ?? 0);
      }
      expect(plot.lines.map(({ name }) => name)).toEqual(['gold', 'silver', 'bronze', 'median']);
      const heights = plot.lines.map(({ y }) => y);
      expect([...heights].sort((a, b) => a - b)).toEqual(heights);
    }
  });

  it('puts the lines of medals where the curve has them', () => {
    const { lines, zones } = leaderboardPlot(board(higher), size);
    for (const { y, at } of lines.slice(0, 3)) expect(at?.y).toBeCloseTo(y, 6);
    expect(zones.map(({ name }) => name)).toEqual(['gold', 'silver', 'bronze']);
  });

  it('keeps labels apart where their lines are near to each other', () => {
    const near = { ...thresholds, silver_threshold: 0.16507, bronze_threshold: 0.16508 };
    const { lines, area } = leaderboardPlot(board(null, [], near), size);
    const labels = lines.map(({ labelY }) => labelY);
    for (const [n, y] of labels.slice(1).entries())
      expect(y - (labels[n] ?? 0)).toBeGreaterThan(15);
    expect(Math.max(...labels)).toBeLessThanOrEqual(area.bottom);
  });

  it('shows a submission that is far off at the edge, and says so', () => {
    const { marks, area } = leaderboardPlot(board(higher, [0.9, -40]), size);
    expect(marks.map(({ beyond }) => beyond)).toEqual([null, 'below']);
    expect(marks[1]?.y).toBe(area.bottom);
    expect(marks.every(({ x }) => x >= area.left && x <= area.right)).toBe(true);
  });

  it('joins marks that would hide each other', () => {
    const two = leaderboardPlot(board(higher, [0.9, 0.9, 0.5]), size).marks;
    expect(two.map(({ label, ids }) => [label, ids])).toEqual([
      ['attempt 1, attempt 2', ['0', '1']],
      ['attempt 3', ['2']],
    ]);
    const [three] = leaderboardPlot(board(higher, [0.9, 0.9, 0.9]), size).marks;
    expect(three?.label).toBe('attempt 1 and 2 more');
  });

  it('is drawn of a board whose teams all have the same score, and of one team', () => {
    for (const scores of [[1, 1, 1], [0]]) {
      const plot = leaderboardPlot(board(scores, [1]), size);
      const numbers = [...plot.curve, ...plot.marks].flatMap(({ x, y }) => [x, y]);
      expect(numbers.every(Number.isFinite)).toBe(true);
      expect(plot.scores.length).toBeGreaterThan(0);
      expect(plot.scores.length).toBeLessThan(12);
    }
  });

  it('has few points, however many teams there were', () => {
    const many = Array.from({ length: 50_000 }, (_, n) => 1 - n / 60_000);
    expect(board(many).curve.length).toBeLessThan(300);
    expect(board(many).curve.at(-1)?.place).toBe(50_000);
  });

  it('fits a narrow page', () => {
    const { area } = leaderboardPlot(board(higher, [0.9]), { width: 150, height: 80 });
    expect(area.right).toBeGreaterThan(area.left);
    expect(area.bottom).toBeGreaterThan(area.top);
  });
});

describe('the page', () => {
  const config = competitionConfigSchema.parse({
    id: 'spooky',
    name: 'Spooky Author Identification',
    dataset: { answers: 'answers.csv', sample_submission: 'sample.csv' },
    grader: { metric: 'multiclass-log-loss', id_column: 'id', target_columns: ['EAP'] },
  });
  const shown = (entries: readonly BoardEntry[], scores: readonly number[] | null = null) =>
    leaderboardView({ config, standings: { scores, thresholds }, entries, of: 'dummy' });

  it('tells each submission with its place and what it is worth, the best first in its title', () => {
    const view = shown([entry(0.502), entry(0.202), entry(null)], lower);
    expect(leaderboardViewSchema.parse(view)).toEqual(view);
    expect(view.status).toEqual({ label: 'silver medal', tone: 'passed' });
    expect(view.subtitle).toEqual([
      'Multi-class log loss',
      'lower is better',
      '120 teams',
      'dummy',
    ]);
    expect(view.entries.map(({ cells, tone }) => [...cells, tone])).toEqual([
      ['attempt 1', '0.502', '100 of 120', 'no medal', 'failed'],
      ['attempt 1', '0.202', '40 of 120', 'silver medal', 'passed'],
      ['attempt 1', '', '', 'invalid submission: the column "EAP" is missing', 'warning'],
    ]);
  });

  it('says in words what the picture shows', () => {
    const { alternative } = shown([entry(0.202)], lower);
    expect(alternative).toContain('Scores of 120 teams of Spooky Author Identification');
    expect(alternative).toContain('Gold at');
    expect(alternative).toContain('attempt 1, silver medal, score 0.202, place 40 of 120');
  });

  it('says what is not known', () => {
    expect(shown([]).note).toMatch(/^Only the thresholds .* how many teams/);
    expect(shown([]).status.label).toBe('no submission yet');
    const nothing = leaderboardView({
      config,
      standings: { scores: null, thresholds: null },
      entries: [],
      of: '',
    });
    expect(nothing.board).toBeNull();
    expect(nothing.note).toMatch(/no medals/);
  });

  it('names the places of each medal', () => {
    const { thresholds: rows } = shown([], lower);
    expect(rows.map(({ cells }) => cells[2])).toEqual(['1–10', '11–24', '25–48', 'better than 60']);
  });
});
