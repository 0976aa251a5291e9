import type { Range } from '@tanstack/virtual-core';
import { defaultRangeExtractor } from '@tanstack/virtual-core';

/**
 * The places of rows that are in the document: those around what is seen, and the one that the keyboard is at, or the
 * focus would be lost.
 */
export function placesWith(here: number | undefined, range: Range): number[] {
  const places = defaultRangeExtractor(range);
  if (here === undefined || places.includes(here)) return places;
  return [...places, here].sort((a, b) => a - b);
}

/**
 * Puts a row behind another one (null: first), so that the document has the order that is seen: for screen readers and
 * the keyboard.
 */
export function placeAfter(before: Element | null, row: Element, list: Element): void {
  const next = before === null ? list.firstElementChild : before.nextElementSibling;
  if (next !== row) list.insertBefore(row, next);
}
