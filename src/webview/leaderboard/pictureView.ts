import type { LeaderboardView } from '../../presentation/leaderboardMessages';
import type { LeaderboardPlot } from '../../presentation/leaderboardPlot';
import { leaderboardPlot } from '../../presentation/leaderboardPlot';
import { element } from '../dom';

const height = 400;
const widest = 1100;
const svgNamespace = 'http://www.w3.org/2000/svg';

/** Scores by place with the lines of the medals and the submissions on them, drawn in the width that there is. */
export class PictureView {
  readonly root = element('div', { class: 'picture' });
  #view: LeaderboardView | null = null;
  #marked: string | null = null;
  #width = 0;

  update(view: LeaderboardView): void {
    this.#view = view;
    this.#width = 0;
    this.draw();
  }

  /** Draws it anew when the width changed. */
  draw(): void {
    const { board, alternative } = this.#view ?? { board: null, alternative: '' };
    this.root.hidden = board === null;
    const width = Math.min(widest, this.root.clientWidth);
    if (board === null || width === 0 || width === this.#width) return;
    this.#width = width;
    const plot = leaderboardPlot(board, { width, height });
    const picture = svg('svg', {
      width,
      height,
      viewBox: `0 0 ${String(width)} ${String(height)}`,
      role: 'img',
      'aria-label': alternative,
    });
    picture.append(
      ...zones(plot),
      ...axes(plot),
      ...curve(plot, { whole: board.whole }),
      ...lines(plot),
      ...marks(plot),
    );
    this.root.replaceChildren(picture);
    this.mark(this.#marked);
  }

  /** Lets the mark of a submission stand out. */
  mark(id: string | null): void {
    this.#marked = id;
    for (const mark of this.root.querySelectorAll('.mark')) {
      const ids = mark.getAttribute('data-ids')?.split('\u0000') ?? [];
      mark.classList.toggle('current', id !== null && ids.includes(id));
    }
  }
}

type Attributes = Readonly<Record<string, string | number>>;

function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes,
  ...children: readonly Node[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(svgNamespace, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

function label(text: string, attributes: Attributes): SVGTextElement {
  const made = svg('text', attributes);
  made.textContent = text;
  return made;
}

function pointsOf(points: readonly { readonly x: number; readonly y: number }[]): string {
  return points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
}

/** Scores that are off the picture do not spill over its edge. */
function cut({ area }: LeaderboardPlot, ...children: readonly Node[]): SVGElement {
  const { left, top, right, bottom } = area;
  const rectangle = { x: left, y: top, width: right - left, height: bottom - top };
  return svg(
    'g',
    { 'clip-path': 'url(#area)' },
    svg('defs', {}, svg('clipPath', { id: 'area' }, svg('rect', rectangle))),
    ...children,
  );
}

function zones(plot: LeaderboardPlot): readonly Node[] {
  const shapes = plot.zones.map(({ name, points }) =>
    svg('polygon', { class: `zone ${name}`, points: pointsOf(points) }),
  );
  return [cut(plot, ...shapes)];
}

function axes({ area, places, scores }: LeaderboardPlot): readonly Node[] {
  const { left, right, bottom } = area;
  return [
    svg('line', { class: 'axis', x1: left, x2: right, y1: bottom, y2: bottom }),
    ...scores.flatMap(({ y, label: text }) => [
      svg('line', { class: 'grid', x1: left, x2: right, y1: y, y2: y }),
      label(text, { class: 'tick', x: left - 8, y: y + 4, 'text-anchor': 'end' }),
    ]),
    ...places.flatMap(({ x, label: text }) => [
      svg('line', { class: 'axis', x1: x, x2: x, y1: bottom, y2: bottom + 5 }),
      label(text, { class: 'tick', x, y: bottom + 19, 'text-anchor': 'middle' }),
    ]),
    ...(places.length === 0
      ? []
      : [label('place', { class: 'tick', x: right + 26, y: bottom + 19 })]),
  ];
}

function curve(plot: LeaderboardPlot, { whole }: { readonly whole: boolean }): readonly Node[] {
  if (plot.curve.length < 2) return [];
  const kind = whole ? 'curve' : 'curve estimated';
  return [cut(plot, svg('polyline', { class: kind, points: pointsOf(plot.curve) }))];
}

function lines({ area, lines: all }: LeaderboardPlot): readonly Node[] {
  return all.flatMap(({ name, y, label: text, labelY, at }) => [
    svg('line', { class: `threshold ${name}`, x1: area.left, x2: area.right, y1: y, y2: y }),
    svg('line', {
      class: `leader ${name}`,
      x1: area.right,
      x2: area.right + 10,
      y1: y,
      y2: labelY,
    }),
    label(text, { class: 'name', x: area.right + 14, y: labelY + 4 }),
    ...(at === null
      ? []
      : [svg('circle', { class: `crossing ${name}`, cx: at.x, cy: at.y, r: 3 })]),
  ]);
}

function marks({ area, marks: all }: LeaderboardPlot): readonly Node[] {
  return all.map(({ x, y, ids, label: text, beyond }) => {
    // A mark at the edge points to where its score is.
    const shape =
      beyond === null
        ? svg('circle', { cx: x, cy: y, r: 6 })
        : svg('polygon', { points: pointsOf(arrow(x, y, beyond === 'above' ? -1 : 1)) });
    const toLeft = x > area.left + (area.right - area.left) * 0.75;
    const nearTop = y < area.top + 24;
    const words = label(text, {
      x: toLeft ? x - 11 : x + 11,
      y: nearTop ? y + 18 : y - 8,
      'text-anchor': toLeft ? 'end' : 'start',
    });
    const title = svg('title', {});
    title.textContent = text;
    return svg('g', { class: 'mark', 'data-ids': ids.join('\u0000') }, title, shape, words);
  });
}

function arrow(x: number, y: number, direction: 1 | -1): readonly { x: number; y: number }[] {
  return [
    { x: x - 7, y: y - direction * 9 },
    { x: x + 7, y: y - direction * 9 },
    { x, y: y + direction * 3 },
  ];
}
