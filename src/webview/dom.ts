export interface ElementOptions {
  readonly class?: string;
  readonly text?: string;
  readonly title?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** An element with text and children. Nothing is ever parsed as markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  options: ElementOptions = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (options.class !== undefined) made.className = options.class;
  if (options.text !== undefined) made.textContent = options.text;
  if (options.title !== undefined) made.title = options.title;
  for (const [name, value] of Object.entries(options.attributes ?? {})) {
    made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export interface ButtonOptions extends ElementOptions {
  /** For a button that shows an icon only. */
  readonly label?: string;
  readonly icon?: Node;
  readonly onClick: (event: MouseEvent) => void;
}

export function button(options: ButtonOptions): HTMLButtonElement {
  const made = element('button', options, ...(options.icon === undefined ? [] : [options.icon]));
  made.type = 'button';
  if (options.label !== undefined) {
    made.setAttribute('aria-label', options.label);
    made.title = options.title ?? options.label;
  }
  made.addEventListener('click', options.onClick);
  return made;
}

const icons = new Map<string, SVGElement>();

/** An icon from the source of its SVG file, which is part of the bundle. */
export function icon(source: string): SVGElement {
  const known = icons.get(source) ?? parseIcon(source);
  icons.set(source, known);
  // The copy of an SVG element is one.
  return known.cloneNode(true) as SVGElement;
}

function parseIcon(source: string): SVGElement {
  const parsed = new DOMParser().parseFromString(source, 'image/svg+xml').documentElement;
  const made = document.importNode(parsed, true);
  if (!(made instanceof SVGElement)) throw new Error('this is no SVG');
  made.setAttribute('aria-hidden', 'true');
  made.classList.add('icon');
  return made;
}

/** Once what was asked for is in the document. */
export function afterFrame(work: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(work));
}
