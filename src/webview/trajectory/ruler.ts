import type { TrajectoryModel } from '../../presentation/trajectoryModel';
import { element } from '../dom';

export interface RulerOptions {
  readonly model: TrajectoryModel;
  readonly onClick: (place: number) => void;
}

/** Colours of the marks, strongest last, from the theme by way of the page's own variables. */
const marks = [
  ['--mark-changes', 'changes'],
  ['--mark-errors', 'errors'],
  ['--mark-found', 'found'],
] as const;
const markHeight = 3;

/** Where in the whole trajectory errors, changes and matches are, as the editor's own ruler shows them. */
export class Ruler {
  readonly root: HTMLElement;
  readonly #model: TrajectoryModel;
  readonly #canvas = element('canvas');
  readonly #thumb = element('div', { class: 'thumb' });
  #frame: number | undefined;

  constructor({ model, onClick }: RulerOptions) {
    this.#model = model;
    this.root = element(
      'div',
      { class: 'ruler', attributes: { 'aria-hidden': 'true' } },
      this.#canvas,
      this.#thumb,
    );
    this.root.addEventListener('pointerdown', (event) => {
      const { top, height } = this.root.getBoundingClientRect();
      onClick(Math.floor(((event.clientY - top) / height) * model.shown.length));
    });
    new ResizeObserver(() => {
      this.update();
    }).observe(this.root);
    // A change of theme changes the attributes of the page.
    new MutationObserver(() => {
      this.update();
    }).observe(document.body, { attributeFilter: ['class', 'data-vscode-theme-id'] });
  }

  /** Draws the marks anew, with the next frame. */
  update(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#draw();
    });
  }

  showSeen({ from, to }: { readonly from: number; readonly to: number }): void {
    const all = from <= 0 && to >= 1;
    this.#thumb.hidden = all;
    this.#thumb.style.top = `${String(from * 100)}%`;
    this.#thumb.style.height = `${String(Math.min(1, to - from) * 100)}%`;
  }

  #draw(): void {
    const { width, height } = this.root.getBoundingClientRect();
    const ratio = window.devicePixelRatio;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    const context = this.#canvas.getContext('2d');
    if (context === null) return;
    context.scale(ratio, ratio);
    const style = getComputedStyle(this.root);
    const { shown, matches } = this.#model;
    const found = new Set(matches);
    for (const [variable, kind] of marks) {
      context.fillStyle = style.getPropertyValue(variable);
      shown.forEach((row, place) => {
        const marked =
          kind === 'changes' ? row.changes : kind === 'errors' ? !row.ok : found.has(row.step);
        if (!marked) return;
        const y = (place / Math.max(1, shown.length)) * (height - markHeight);
        context.fillRect(3, y, width - 6, markHeight);
      });
    }
  }
}
