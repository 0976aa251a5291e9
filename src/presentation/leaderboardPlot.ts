import { formatCount, formatScore } from './format';
import type { Board, LineName, Placed } from './leaderboardMessages';

export interface PlotSize {
  readonly width: number;
  readonly height: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A picture of a board in pixels, from its upper left corner. */
export interface LeaderboardPlot extends PlotSize {
  /** Where the curve is drawn; what lies outside is cut off. */
  readonly area: {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
  };
  readonly curve: readonly Point[];
  /** The part of the curve that gets each medal, down to the axis. */
  readonly zones: readonly { readonly name: LineName; readonly points: readonly Point[] }[];
  readonly lines: readonly {
    readonly name: LineName;
    readonly y: number;
    readonly label: string;
    /** Labels keep a distance that their lines may not have. */
    readonly labelY: number;
    /** Where it meets the curve; null: not on the picture. */
    readonly at: Point | null;
  }[];
  readonly places: readonly { readonly x: number; readonly label: string }[];
  readonly scores: readonly { readonly y: number; readonly label: string }[];
  readonly marks: readonly (Point & {
    /** Several where they stand at the same point. */
    readonly ids: readonly string[];
    readonly label: string;
    /** Its score is beyond the picture's end. */
    readonly beyond: 'above' | 'below' | null;
  })[];
}

const margin = { left: 72, top: 16, right: 142, bottom: 40 };
const labelHeight = 17;
/** Marks that are nearer to each other than this are one. */
const markWidth = 14;
/** Share of the teams whose scores are on the picture: the last ones of most leaderboards are far away from all others. */
const shownTeams = 0.85;

/**
 * The scores of a leaderboard by place, the best at the upper left. Places have an axis of magnitudes, since medals are
 * for a few of many; scores have a plain one.
 */
export function leaderboardPlot(board: Board, size: PlotSize): LeaderboardPlot {
  const area = {
    left: margin.left,
    top: margin.top,
    right: Math.max(margin.left + 60, size.width - margin.right),
    bottom: Math.max(margin.top + 60, size.height - margin.bottom),
  };
  const range = scoreRange(board);
  const toY = (score: number): number =>
    area.top + ((score - range.best) / (range.worst - range.best)) * (area.bottom - area.top);
  const toX = xScale(board, area);
  const clampY = (y: number): number => Math.min(area.bottom, Math.max(area.top, y));
  const at = ({ place, score }: Placed): Point => ({ x: toX(place), y: toY(score) });
  const lines = board.lines.map(({ name, score, place }) => ({
    name,
    y: clampY(toY(score)),
    label: `${capital(name)} ${formatScore(score)}`,
    at: place === null ? null : at({ place, score }),
  }));
  const labelsY = spread(
    lines.map(({ y }) => y),
    area,
  );
  return {
    ...size,
    area,
    curve: board.curve.map(at),
    zones: zonesOf(board, { at, bottom: area.bottom }),
    lines: lines.map((line, n) => ({ ...line, labelY: labelsY[n] ?? line.y })),
    places:
      board.teams === null
        ? []
        : placeTicks(board.teams).map((place) => ({ x: toX(place), label: formatCount(place) })),
    scores: scoreTicks(range).map((score) => ({ y: toY(score), label: formatScore(score) })),
    marks: marksOf(board, { toX, toY, area }),
  };
}

interface ScoreRange {
  readonly best: number;
  readonly worst: number;
}

/** From the best to the worst that is shown, with room at both ends. Submissions that are far off are told as beyond it. */
function scoreRange({ curve, lines, marks, lowerIsBetter, teams }: Board): ScoreRange {
  const shown = curve.filter(({ place }) => place <= Math.max(1, (teams ?? Infinity) * shownTeams));
  const worse = lowerIsBetter ? Math.max : Math.min;
  const better = lowerIsBetter ? Math.min : Math.max;
  const known = [...shown, ...lines].map(({ score }) => score);
  const best = better(...known);
  const worst = worse(...known);
  const reach = Math.abs(worst - best) || Math.abs(best) || 1;
  const scores = marks.map(({ score }) => score);
  const nearBest = scores.filter((score) => Math.abs(score - best) <= reach / 2);
  const nearWorst = scores.filter((score) => Math.abs(score - worst) <= reach);
  const ends = { best: better(best, ...nearBest), worst: worse(worst, ...nearWorst) };
  const span = Math.abs(ends.worst - ends.best) || reach;
  const room = (lowerIsBetter ? 1 : -1) * span * 0.06;
  return { best: ends.best - room, worst: ends.worst + room };
}

function xScale(board: Board, area: LeaderboardPlot['area']): (place: number) => number {
  const { teams } = board;
  const width = area.right - area.left;
  const magnitudes = Math.log(Math.max(2, teams ?? 2));
  // One place behind the last team is still on the picture.
  return (place) => area.left + (Math.log(Math.max(1, place)) / magnitudes) * width;
}

function zonesOf(
  { curve, lines, whole }: Board,
  { at, bottom }: { readonly at: (point: Placed) => Point; readonly bottom: number },
): LeaderboardPlot['zones'] {
  let from = 1;
  return lines.flatMap(({ name, place, score }) => {
    if (place === null || name === 'median') return [];
    const begin = from;
    from = place;
    const inside = curve.filter((point) => point.place >= begin && point.place <= place);
    const points = [...inside, { place, score }].map(at);
    const [first] = points;
    const last = points.at(-1);
    // Of thresholds alone nothing is known of the places before the first of them.
    if (first === undefined || last === undefined || (!whole && begin === 1)) return [];
    return [{ name, points: [{ x: first.x, y: bottom }, ...points, { x: last.x, y: bottom }] }];
  });
}

function marksOf(
  { marks, teams }: Board,
  {
    toX,
    toY,
    area,
  }: {
    readonly toX: (place: number) => number;
    readonly toY: (score: number) => number;
    readonly area: LeaderboardPlot['area'];
  },
): LeaderboardPlot['marks'] {
  const groups: {
    x: number;
    y: number;
    ids: string[];
    names: string[];
    beyond: 'above' | 'below' | null;
  }[] = [];
  for (const [n, mark] of marks.entries()) {
    // Without an axis of places they stand beside each other.
    const x =
      teams === null || mark.place === null
        ? area.left + ((n + 1) / (marks.length + 1)) * (area.right - area.left)
        : toX(Math.min(mark.place, teams));
    const y = toY(mark.score);
    const beyond = y < area.top ? 'above' : y > area.bottom ? 'below' : null;
    const place = { x, y: Math.min(area.bottom, Math.max(area.top, y)) };
    const near = groups.find(
      (group) => Math.hypot(group.x - place.x, group.y - place.y) < markWidth,
    );
    if (near === undefined) groups.push({ ...place, ids: [mark.id], names: [mark.name], beyond });
    else {
      near.ids.push(mark.id);
      near.names.push(mark.name);
    }
  }
  return groups.map(({ names, ...group }) => ({
    ...group,
    label:
      names.length <= 2
        ? names.join(', ')
        : `${names[0] ?? ''} and ${formatCount(names.length - 1)} more`,
  }));
}

/** Moves what is too near to its neighbour, in the order in which it stands, within the area. */
function spread(
  wanted: readonly number[],
  { top, bottom }: { readonly top: number; readonly bottom: number },
): readonly number[] {
  const order = wanted.map((y, n) => ({ y, n })).sort((a, b) => a.y - b.y || a.n - b.n);
  let least = top;
  for (const label of order) {
    label.y = Math.max(label.y, least);
    least = label.y + labelHeight;
  }
  let most = bottom;
  for (const label of [...order].reverse()) {
    label.y = Math.min(label.y, most);
    most = label.y - labelHeight;
  }
  return [...order].sort((a, b) => a.n - b.n).map(({ y }) => y);
}

/** 1, 10, 100, … and the last team, unless it stands too near to the one before. */
function placeTicks(teams: number): readonly number[] {
  const ticks: number[] = [];
  for (let place = 1; place < teams / 1.8; place *= 10) ticks.push(place);
  return [...ticks, teams];
}

/** Round scores on the picture, about five. */
function scoreTicks({ best, worst }: ScoreRange): readonly number[] {
  const low = Math.min(best, worst);
  const high = Math.max(best, worst);
  const raw = (high - low) / 5;
  const magnitude = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * magnitude).find((n) => n >= raw) ?? raw;
  const ticks: number[] = [];
  for (let n = Math.ceil(low / step); n * step <= high; n += 1) ticks.push(n * step);
  return ticks;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
