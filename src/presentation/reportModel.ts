import type { Choice, ReportRow, ReportSort, ReportState, ReportView } from './reportMessages';

const nothingRemembered: ReportState = {
  runs: [''],
  leftOut: false,
  text: '',
  choices: {},
  sort: null,
  current: null,
  top: 0,
};

const collator = new Intl.Collator('en', { numeric: true });

/** What the page of a report shows: its view, and which of its rows in which order. Knows no document. */
export class ReportModel {
  view: ReportView | null = null;
  text: string;
  sort: ReportSort | null;
  current: string | null;
  readonly #rows = new Map<string, ReportRow>();
  #choices: Record<string, string>;
  #shown: readonly ReportRow[] | null = [];
  #places = new Map<string, number>();

  constructor(remembered: ReportState = nothingRemembered) {
    this.text = remembered.text;
    this.sort = remembered.sort;
    this.current = remembered.current;
    this.#choices = { ...remembered.choices };
  }

  get remembered(): Pick<ReportState, 'text' | 'choices' | 'sort' | 'current'> {
    const { text, sort, current } = this;
    return { text, choices: this.#choices, sort, current };
  }

  /** Rows that are here, whatever the filter. */
  get size(): number {
    return this.#rows.size;
  }

  /** The rows that the filter leaves, in the order that was chosen. */
  get shown(): readonly ReportRow[] {
    if (this.#shown === null) {
      this.#shown = this.#filterAndSort();
      this.#places = new Map(this.#shown.map((row, place) => [row.id, place]));
    }
    return this.#shown;
  }

  /** What rows are narrowed to, by facet. */
  get choices(): readonly Choice[] {
    return Object.entries(this.#choices).map(([facet, value]) => ({ facet, value }));
  }

  clear(): void {
    this.#rows.clear();
    this.#shown = null;
  }

  /** New rows, and new versions of rows that are here. */
  put(rows: readonly ReportRow[]): void {
    for (const row of rows) this.#rows.set(row.id, row);
    this.#shown = null;
  }

  rowOf(id: string): ReportRow | undefined {
    return this.#rows.get(id);
  }

  placeOf(id: string): number | undefined {
    // Places are those of what is shown.
    return this.shown.length === 0 ? undefined : this.#places.get(id);
  }

  search(text: string): void {
    this.text = text;
    this.#shown = null;
  }

  isChosen({ facet, value }: Choice): boolean {
    return this.#choices[facet] === value;
  }

  /** Narrows the rows to a choice, or no longer when it was chosen. */
  toggle({ facet, value }: Choice): void {
    const others = Object.entries(this.#choices).filter(([name]) => name !== facet);
    const chosen = this.isChosen({ facet, value }) ? [] : [[facet, value] as const];
    this.#choices = Object.fromEntries([...others, ...chosen]);
    this.#shown = null;
  }

  /** Shows all rows again. */
  clearFilter(): void {
    this.text = '';
    this.#choices = {};
    this.#shown = null;
  }

  /** By a column, in its natural direction first: names from A, numbers from the largest; then the other; then not at all. */
  sortBy(column: number): void {
    const first = this.view?.columns[column]?.kind === 'number';
    if (this.sort?.column !== column) this.sort = { column, descending: first };
    else this.sort = this.sort.descending === first ? { column, descending: !first } : null;
    this.#shown = null;
  }

  /** Goes so many rows down (or up), as far as there are. */
  move(rows: number): void {
    const here = this.current === null ? undefined : this.placeOf(this.current);
    // From nowhere the first step down leads to the first row, the first one up to the last.
    const before = rows > 0 ? -1 : this.shown.length;
    const place = (here ?? before) + rows;
    const row = this.shown[Math.min(Math.max(place, 0), this.shown.length - 1)];
    if (row !== undefined) this.current = row.id;
  }

  #filterAndSort(): readonly ReportRow[] {
    const words = this.text.toLowerCase().split(/\s+/).filter(Boolean);
    const choices = Object.entries(this.#choices);
    const left = [...this.#rows.values()].filter(
      (row) => choices.every(([facet, value]) => row.facets[facet] === value) && holds(row, words),
    );
    return left.sort(this.#order());
  }

  #order(): (a: ReportRow, b: ReportRow) => number {
    const { sort } = this;
    const byPlace = (a: ReportRow, b: ReportRow): number => a.place - b.place;
    if (sort === null) return byPlace;
    const { column, descending } = sort;
    const sign = descending ? -1 : 1;
    if (this.view?.columns[column]?.kind !== 'number') {
      return (a, b) =>
        sign * collator.compare(a.cells[column] ?? '', b.cells[column] ?? '') || byPlace(a, b);
    }
    return (a, b) => {
      const [one, two] = [a.numbers[column] ?? null, b.numbers[column] ?? null];
      if (one === null || two === null)
        return Number(one === null) - Number(two === null) || byPlace(a, b);
      return sign * (one - two) || byPlace(a, b);
    };
  }
}

function holds(row: ReportRow, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = row.cells.join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}
