import { isShown, neighbour, rowHolds } from './trajectoryList';
import type { StepFilter } from './trajectoryList';
import type { StepRow, TrajectoryState } from './trajectoryMessages';

/** First and last of the steps that are selected. */
export interface StepSelection {
  readonly from: number;
  readonly to: number;
}

const nothingRemembered: TrajectoryState = {
  run: '',
  trial: '',
  kinds: [],
  agent: null,
  query: '',
  expandAll: false,
  toggled: [],
  current: null,
  top: null,
  follow: true,
};

/** What the page of a trajectory shows: which steps, which of them opened, selected and found. Knows no document. */
export class TrajectoryModel {
  rows: StepRow[] = [];
  /** The rows that the filter leaves. */
  shown: StepRow[] = [];
  filter: StepFilter;
  query = '';
  expandAll: boolean;
  follow: boolean;
  current: number | null;
  #anchor: number | null = null;
  #places = new Map<number, number>();
  #toggled: Set<number>;
  #found = new Set<number>();
  #matches: readonly number[] | null = null;

  constructor(remembered: TrajectoryState = nothingRemembered) {
    this.filter = { kinds: remembered.kinds, agent: remembered.agent };
    this.query = remembered.query;
    this.expandAll = remembered.expandAll;
    this.follow = remembered.follow;
    this.current = remembered.current;
    this.#toggled = new Set(remembered.toggled);
  }

  get remembered(): Omit<TrajectoryState, 'run' | 'trial' | 'top'> {
    const { query, expandAll, current, follow } = this;
    const { kinds, agent } = this.filter;
    const toggled = [...this.#toggled];
    return { kinds: [...kinds], agent, query, expandAll, toggled, current, follow };
  }

  /** Forgets the steps, not how they were looked at. */
  clear(): void {
    this.rows = [];
    this.#found.clear();
    this.#show();
  }

  add(rows: readonly StepRow[]): void {
    for (const row of rows) {
      this.rows.push(row);
      if (!isShown(row, this.filter)) continue;
      this.#places.set(row.step, this.shown.length);
      this.shown.push(row);
    }
    this.#matches = null;
  }

  show(filter: StepFilter): void {
    this.filter = filter;
    this.#show();
  }

  /** Where a step stands among those that are shown. */
  placeOf(step: number): number | undefined {
    return this.#places.get(step);
  }

  isExpanded(step: number): boolean {
    return this.expandAll !== this.#toggled.has(step);
  }

  setExpanded(step: number, expanded: boolean): void {
    if (expanded === this.expandAll) this.#toggled.delete(step);
    else this.#toggled.add(step);
  }

  /** Whether the agent worked stage by stage. */
  get hasFlow(): boolean {
    return this.rows.some(({ outcome }) => outcome !== null);
  }

  /** Shows what each stage of a flow came to, opened, and nothing else. */
  readAsFlow(): void {
    for (const { step, outcome } of this.rows) if (outcome !== null) this.setExpanded(step, true);
    this.show({ kinds: ['stages'], agent: null });
  }

  setExpandAll(expandAll: boolean): void {
    this.expandAll = expandAll;
    this.#toggled.clear();
  }

  /** Goes to a step; `extend`: what lies between is selected with it. */
  select(step: number, options: { readonly extend: boolean } = { extend: false }): void {
    this.#anchor = options.extend ? (this.#anchor ?? this.current ?? step) : null;
    this.current = step;
  }

  /** Goes so many rows down (or up), as far as there are. */
  move(rows: number, options: { readonly extend: boolean } = { extend: false }): void {
    const here = this.current === null ? undefined : this.#places.get(this.current);
    // What the filter hides is nowhere: begin at the nearest row that is shown.
    const place = here ?? this.#placeAfter(this.current ?? 0) - (rows > 0 ? 1 : 0);
    const row = this.shown[Math.min(Math.max(place + rows, 0), this.shown.length - 1)];
    if (row !== undefined) this.select(row.step, options);
  }

  /** The first of several selected steps is left, the last stays. */
  unselect(): void {
    this.#anchor = null;
  }

  get selection(): StepSelection | null {
    if (this.current === null) return null;
    const anchor = this.#anchor ?? this.current;
    return { from: Math.min(anchor, this.current), to: Math.max(anchor, this.current) };
  }

  search(query: string): void {
    this.query = query;
    this.#found.clear();
    this.#matches = null;
  }

  /** Steps whose whole text holds what is looked for. */
  addFound(steps: readonly number[]): void {
    for (const step of steps) this.#found.add(step);
    this.#matches = null;
  }

  /** The steps that hold what is looked for, of those that are shown, in their order. */
  get matches(): readonly number[] {
    this.#matches ??= this.#match();
    return this.#matches;
  }

  /** The next (or previous) step that holds what is looked for, round the end. */
  matchFrom(step: number, direction: 'next' | 'previous'): number | null {
    return neighbour(this.matches, step, direction);
  }

  #match(): readonly number[] {
    const needle = this.query.trim().toLowerCase();
    if (needle === '') return [];
    return this.shown
      .filter((row) => this.#found.has(row.step) || rowHolds(row, needle))
      .map((row) => row.step);
  }

  #show(): void {
    this.shown = this.rows.filter((row) => isShown(row, this.filter));
    this.#places = new Map(this.shown.map((row, place) => [row.step, place]));
    this.#matches = null;
  }

  #placeAfter(step: number): number {
    const place = this.shown.findIndex((row) => row.step > step);
    return place === -1 ? this.shown.length : place;
  }
}
