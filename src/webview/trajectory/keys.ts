/** What keys do while the keyboard is at the steps. */
export interface KeyActions {
  readonly move: (rows: number, extend: boolean) => void;
  readonly toFirst: (extend: boolean) => void;
  readonly toLast: (extend: boolean) => void;
  readonly page: (direction: 1 | -1, extend: boolean) => void;
  readonly toggle: () => void;
  readonly setExpanded: (expanded: boolean) => void;
  readonly expandAll: () => void;
  readonly openDiff: () => void;
  readonly diffSinceStart: () => void;
  readonly search: () => void;
  readonly filter: () => void;
  readonly match: (direction: 'next' | 'previous') => void;
  readonly escape: () => void;
}

/** Keys of the page; fields and buttons keep those that they need. */
export function registerKeys(actions: KeyActions): void {
  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'f') {
      event.preventDefault();
      actions.search();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isField(event.target)) return;
    const onControl = event.target instanceof Element && event.target.closest('button, summary');
    if (onControl !== false && onControl !== null && [' ', 'Enter'].includes(event.key)) return;
    const act = actionOf(event, actions);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
}

function actionOf(event: KeyboardEvent, actions: KeyActions): (() => void) | undefined {
  const { key, shiftKey: extend } = event;
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => {
      actions.move(1, extend);
    },
    ArrowUp: () => {
      actions.move(-1, extend);
    },
    j: () => {
      actions.move(1, false);
    },
    k: () => {
      actions.move(-1, false);
    },
    J: () => {
      actions.move(1, true);
    },
    K: () => {
      actions.move(-1, true);
    },
    Home: () => {
      actions.toFirst(extend);
    },
    End: () => {
      actions.toLast(extend);
    },
    PageDown: () => {
      actions.page(1, extend);
    },
    PageUp: () => {
      actions.page(-1, extend);
    },
    Enter: actions.toggle,
    ' ': actions.toggle,
    ArrowRight: () => {
      actions.setExpanded(true);
    },
    ArrowLeft: () => {
      actions.setExpanded(false);
    },
    e: actions.expandAll,
    d: actions.openDiff,
    D: actions.diffSinceStart,
    '/': actions.search,
    f: actions.filter,
    n: () => {
      actions.match('next');
    },
    N: () => {
      actions.match('previous');
    },
    Escape: actions.escape,
  };
  return keys[key];
}
