import type { RowAction } from '../../presentation/reportMessages';

/** What keys do in the page. */
export interface KeyActions {
  readonly move: (rows: number) => void;
  readonly page: (direction: 1 | -1) => void;
  readonly act: (action: RowAction) => void;
  readonly search: () => void;
  readonly compare: () => void;
  readonly escape: () => void;
}

/** Keys of the page; fields and buttons keep those that they need. */
export function registerKeys(actions: KeyActions): void {
  document.addEventListener('keydown', (event) => {
    const { target, key } = event;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && key.toLowerCase() === 'f') {
      event.preventDefault();
      actions.search();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target instanceof HTMLInputElement) return;
    if (target instanceof HTMLButtonElement && [' ', 'Enter'].includes(key)) return;
    const act = keysOf(actions)[key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

function keysOf(actions: KeyActions): Readonly<Record<string, () => void>> {
  const move = (rows: number) => (): void => {
    actions.move(rows);
  };
  const act = (action: RowAction) => (): void => {
    actions.act(action);
  };
  return {
    ArrowDown: move(1),
    ArrowUp: move(-1),
    j: move(1),
    k: move(-1),
    Home: move(-Infinity),
    End: move(Infinity),
    PageDown: () => {
      actions.page(1);
    },
    PageUp: () => {
      actions.page(-1);
    },
    Enter: act('open'),
    p: act('patch'),
    t: act('trajectory'),
    r: act('result'),
    '/': actions.search,
    c: actions.compare,
    Escape: actions.escape,
  };
}
