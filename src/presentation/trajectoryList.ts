import type { StepRow, TrajectoryState } from './trajectoryMessages';

export type FilterKind = TrajectoryState['kinds'][number];

export const filterKinds: readonly { readonly kind: FilterKind; readonly label: string }[] = [
  { kind: 'stages', label: 'Stages' },
  { kind: 'messages', label: 'Messages' },
  { kind: 'model', label: 'Model' },
  { kind: 'tools', label: 'Tools' },
  { kind: 'errors', label: 'Errors' },
  { kind: 'changes', label: 'Changes' },
];

/** What is shown of a list; no kinds: all of them. */
export interface StepFilter {
  readonly kinds: readonly FilterKind[];
  readonly agent: string | null;
}

export function isShown(row: StepRow, { kinds, agent }: StepFilter): boolean {
  if (agent !== null && row.agent !== agent) return false;
  return kinds.length === 0 || kinds.some((kind) => isOfKind(row, kind));
}

function isOfKind(row: StepRow, kind: FilterKind): boolean {
  switch (kind) {
    case 'stages':
      return row.kind === 'outcome' || row.kind === 'submission' || row.kind === 'end';
    case 'messages':
      return row.kind !== 'model' && row.kind !== 'tool';
    case 'model':
      return row.kind === 'model';
    case 'tools':
      return row.kind === 'tool';
    case 'errors':
      return !row.ok;
    case 'changes':
      return row.changes;
  }
}

/** Roles in the order in which they first spoke; of an agent that works alone: none. */
export function agentsOf(rows: readonly StepRow[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => (row.agent === null ? [] : [row.agent])))];
}

/** Whether the row itself, without its body, holds the text. `needle` is in lower case. */
export function rowHolds(row: StepRow, needle: string): boolean {
  return `${row.who} ${row.text}`.toLowerCase().includes(needle);
}

/**
 * The place in an ascending list of numbers that follows (or precedes) `from`, round the end. null: the list is empty.
 */
export function neighbour(
  sorted: readonly number[],
  from: number,
  direction: 'next' | 'previous',
): number | null {
  if (sorted.length === 0) return null;
  const found =
    direction === 'next'
      ? (sorted.find((value) => value > from) ?? sorted[0])
      : (sorted.findLast((value) => value < from) ?? sorted.at(-1));
  return found ?? null;
}

/** The pieces of a text that hold what is looked for, whatever their case. `needle` is in lower case. */
export function findAll(text: string, needle: string, limit = 1000): readonly number[] {
  const places: number[] = [];
  if (needle === '') return places;
  const lower = text.toLowerCase();
  // Letters whose lower case is longer would shift what follows.
  const searched = lower.length === text.length ? lower : text;
  for (
    let place = searched.indexOf(needle);
    place !== -1 && places.length < limit;
    place = searched.indexOf(needle, place + needle.length)
  ) {
    places.push(place);
  }
  return places;
}
