import { findAll } from '../../presentation/trajectoryList';
import type { StepView } from './stepView';

const name = 'match';
/** More would be seen by nobody, and a text of one letter has them by the thousand. */
const perText = 200;

/** Marks what is looked for in the steps that are in the document, without changing them. */
export class Marks {
  #frame: number | undefined;

  /** With the next frame; `needle` is in lower case. */
  update(views: () => readonly StepView[], needle: string): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.#frame = undefined;
      CSS.highlights.delete(name);
      const ranges = views().flatMap((view) => rangesIn(view.root, needle));
      if (ranges.length > 0) CSS.highlights.set(name, new Highlight(...ranges));
    });
  }
}

/** Where a text stands in an element, in the order of the document. */
export function rangesIn(root: Element, needle: string): readonly Range[] {
  if (needle === '') return [];
  const ranges: Range[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    for (const place of findAll(node.nodeValue ?? '', needle, perText)) {
      const range = new Range();
      range.setStart(node, place);
      range.setEnd(node, place + needle.length);
      ranges.push(range);
    }
  }
  return ranges;
}
