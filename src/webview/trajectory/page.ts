import { plural } from '../../presentation/format';
import { rowHolds } from '../../presentation/trajectoryList';
import type {
  FromPage,
  ToPage,
  TrajectoryHeader,
  TrajectoryState,
} from '../../presentation/trajectoryMessages';
import { TrajectoryModel } from '../../presentation/trajectoryModel';
import { element } from '../dom';
import type { Editor } from '../editor';
import { Bodies } from './bodies';
import { HeaderView } from './headerView';
import { registerKeys } from './keys';
import { Marks, rangesIn } from './marks';
import { Ruler } from './ruler';
import { StepList } from './stepList';
import { ToolbarView } from './toolbarView';

const searchDelayMs = 200;
const hints =
  'j k move · Enter open · Shift+arrows select · d diff · / search · f filter · e expand';

/** The page of one trajectory: joins what it shows with what the editor says and a person does. */
export class TrajectoryPage {
  readonly #editor: Editor<FromPage, ToPage, TrajectoryState>;
  readonly #model: TrajectoryModel;
  readonly #bodies: Bodies;
  readonly #header = new HeaderView();
  readonly #toolbar: ToolbarView;
  readonly #list: StepList;
  readonly #ruler: Ruler;
  readonly #marks = new Marks();
  readonly #notice = element('div', { class: 'notice', attributes: { role: 'status' } });
  readonly #footer = element('footer', { class: 'footer' });
  #ids: { readonly run: string; readonly trial: string } | null = null;
  #live = false;
  /** Steps that are still to come of those that were there at the start. */
  #expected = 0;
  #goTo: number | null;
  #search = { id: 0, running: false, timer: 0 };
  /** A match whose text is to be brought onto the screen once its step is there. */
  #wanted: number | null = null;

  constructor(editor: Editor<FromPage, ToPage, TrajectoryState>) {
    this.#editor = editor;
    const { state } = editor;
    this.#model = new TrajectoryModel(state);
    this.#goTo = state?.top ?? null;
    this.#bodies = new Bodies((steps, whole) => {
      editor.post({ type: 'bodies', steps: [...steps], whole });
    });
    this.#toolbar = this.#makeToolbar();
    this.#list = this.#makeList();
    this.#ruler = new Ruler({
      model: this.#model,
      onClick: (place) => {
        this.#list.scrollToPlace(place);
      },
    });
    this.#registerKeys();
  }

  /** Puts the page into the document and asks for what it is to show. */
  begin(root: HTMLElement): void {
    root.append(
      this.#header.root,
      this.#toolbar.root,
      element('main', { class: 'main' }, this.#list.root, this.#ruler.root, this.#notice),
      this.#footer,
    );
    this.#list.begin();
    window.addEventListener('focus', () => {
      this.#takeFocus();
    });
    this.#editor.listen((message) => {
      this.#take(message);
    });
    this.#editor.post({ type: 'ready' });
  }

  #take(message: ToPage): void {
    switch (message.type) {
      case 'start':
        this.#start(message);
        return;
      case 'rows':
        this.#addRows(message.rows);
        return;
      case 'header':
        this.#showHeader(message.header);
        return;
      case 'bodies':
        this.#bodies.put(message.bodies);
        this.#list.refresh();
        return;
      case 'found':
        if (message.search !== this.#search.id) return;
        this.#model.addFound(message.steps);
        this.#search.running = !message.done;
        this.#refresh();
        return;
      case 'reveal':
        this.#reveal(message.step);
        return;
      case 'failed':
        this.#notice.textContent = message.message;
    }
  }

  #start(message: Extract<ToPage, { type: 'start' }>): void {
    this.#ids = { run: message.run, trial: message.trial };
    this.#model.clear();
    this.#bodies.clear();
    this.#expected = message.steps;
    this.#notice.textContent = '';
    this.#showHeader(message.header);
    if (message.reveal !== null) {
      this.#goTo = null;
      this.#reveal(message.reveal);
    }
    if (message.steps === 0) this.#addRows([]);
    if (this.#model.query !== '') this.#find(this.#model.query);
  }

  #addRows(rows: Extract<ToPage, { type: 'rows' }>['rows']): void {
    this.#model.add(rows);
    this.#expected = Math.max(0, this.#expected - rows.length);
    const { current, shown } = this.#model;
    const [first] = shown;
    if (current === null && first !== undefined) this.#model.select(first.step);
    if (this.#expected === 0) {
      this.#tellSelection();
      this.#afterFrame(() => {
        this.#takeFocus();
      });
    }
    this.#refresh();
    if (this.#goTo !== null && this.#model.placeOf(this.#goTo) !== undefined) {
      const step = this.#goTo;
      this.#goTo = null;
      this.#afterFrame(() => {
        this.#list.scrollTo(step, 'start');
      });
    } else if (this.#live && this.#model.follow && this.#expected === 0) {
      this.#afterFrame(() => {
        this.#list.scrollToEnd();
      });
    }
  }

  /** The keyboard is at the steps unless it is somewhere else in the page; never taken from another part of the window. */
  #takeFocus(): void {
    const { activeElement } = document;
    if (document.hasFocus() && activeElement === document.body) this.#list.focusCurrent();
  }

  #showHeader(header: TrajectoryHeader): void {
    this.#live = header.live;
    this.#header.update(header);
    this.#refresh();
  }

  /** Shows what the model says, everywhere. */
  #refresh(): void {
    this.#toolbar.update({ searching: this.#search.running, live: this.#live });
    this.#list.refresh();
    this.#ruler.update();
    const { selection, shown, rows } = this.#model;
    const several = selection !== null && selection.from !== selection.to;
    this.#footer.textContent = several
      ? `Steps ${String(selection.from)} to ${String(selection.to)} selected · d opens their diff · Esc ends the selection`
      : hints;
    if (this.#expected === 0) this.#notice.textContent = emptyText(shown.length, rows.length);
    this.#remember();
  }

  #remember(): void {
    if (this.#ids === null) return;
    this.#editor.remember({ ...this.#ids, ...this.#model.remembered, top: this.#list.top });
  }

  #makeList(): StepList {
    return new StepList({
      model: this.#model,
      bodyOf: (step) => this.#bodies.get(step),
      onMissing: (steps) => {
        this.#bodies.need(steps);
      },
      onRendered: () => {
        this.#ruler.showSeen(this.#list.seen);
        this.#marks.update(() => this.#list.rendered, this.#needle);
        this.#showWanted();
      },
      onScrolled: (atEnd) => {
        if (this.#live && this.#model.follow !== atEnd) {
          this.#model.follow = atEnd;
          this.#refresh();
        }
        this.#remember();
      },
      onClick: (step, event) => {
        this.#click(step, event);
      },
      onOpenDiff: (step) => {
        this.#select(step);
        this.#editor.post({ type: 'openDiff', from: step, to: step });
      },
      onShowAll: (step) => {
        this.#bodies.needWhole(step);
      },
      onOpenOutput: (step) => {
        this.#editor.post({ type: 'openOutput', step });
      },
    });
  }

  #makeToolbar(): ToolbarView {
    return new ToolbarView(this.#model, {
      onSearch: (text) => {
        this.#find(text);
      },
      onMatch: (direction) => {
        this.#goToMatch(direction);
      },
      onFilter: (kinds, agent) => {
        this.#model.show({ kinds, agent });
        this.#refresh();
        const { current } = this.#model;
        if (current !== null)
          this.#afterFrame(() => {
            this.#list.scrollTo(current);
          });
      },
      onExpandAll: (expandAll) => {
        this.#expandAll(expandAll);
      },
      onFollow: (follow) => {
        this.#model.follow = follow;
        if (follow) this.#list.scrollToEnd();
        this.#refresh();
      },
      onLeave: () => {
        this.#list.focusCurrent();
      },
    });
  }

  #registerKeys(): void {
    const model = this.#model;
    const moved = (): void => {
      this.#showCurrent();
    };
    registerKeys({
      move: (rows, extend) => {
        model.move(rows, { extend });
        moved();
      },
      toFirst: (extend) => {
        model.move(-model.shown.length, { extend });
        moved();
      },
      toLast: (extend) => {
        model.move(model.shown.length, { extend });
        moved();
      },
      page: (direction, extend) => {
        model.move(direction * this.#list.pageSize, { extend });
        moved();
      },
      toggle: () => {
        if (model.current !== null) this.#setExpanded(!model.isExpanded(model.current));
      },
      setExpanded: (expanded) => {
        this.#setExpanded(expanded);
      },
      expandAll: () => {
        this.#expandAll(!model.expandAll);
      },
      openDiff: () => {
        const { selection } = model;
        if (selection !== null) this.#editor.post({ type: 'openDiff', ...selection });
      },
      diffSinceStart: () => {
        this.#editor.post({ type: 'diffSinceStart' });
      },
      search: () => {
        this.#toolbar.focusSearch();
      },
      filter: () => {
        this.#toolbar.focusFilter();
      },
      match: (direction) => {
        this.#goToMatch(direction);
      },
      escape: () => {
        model.unselect();
        this.#showCurrent();
      },
    });
    // A menu is about the step that it was opened on.
    document.addEventListener('contextmenu', (event) => {
      const root = event.target instanceof Element ? event.target.closest('.step') : null;
      const step = root instanceof HTMLElement ? Number(root.dataset['step']) : NaN;
      const { selection } = model;
      const inside = selection !== null && step >= selection.from && step <= selection.to;
      if (Number.isInteger(step) && !inside) this.#select(step);
    });
  }

  #click(step: number, event: MouseEvent): void {
    // Who marks text with the pointer wants the text.
    if (!event.shiftKey && getSelection()?.isCollapsed === false) return;
    const extend = event.shiftKey;
    if (!extend) this.#model.setExpanded(step, !this.#model.isExpanded(step));
    else getSelection()?.removeAllRanges();
    this.#select(step, extend);
  }

  #select(step: number, extend = false): void {
    this.#model.select(step, { extend });
    this.#tellSelection();
    this.#refresh();
    this.#list.focusCurrent();
  }

  /** The step that the keyboard went to, on the screen. */
  #showCurrent(): void {
    const { current } = this.#model;
    if (current === null) return;
    this.#tellSelection();
    this.#refresh();
    this.#list.scrollTo(current);
    this.#list.focusCurrent();
  }

  #tellSelection(): void {
    const { selection } = this.#model;
    if (selection !== null) this.#editor.post({ type: 'selected', ...selection });
  }

  #setExpanded(expanded: boolean): void {
    const { current } = this.#model;
    if (current === null) return;
    this.#model.setExpanded(current, expanded);
    this.#showCurrent();
  }

  #expandAll(expandAll: boolean): void {
    const { top } = this.#list;
    this.#model.setExpandAll(expandAll);
    this.#refresh();
    // What was read stays where it is.
    if (top !== null)
      this.#afterFrame(() => {
        this.#list.scrollTo(top, 'start');
      });
  }

  #reveal(step: number): void {
    if (this.#model.placeOf(step) === undefined && this.#expected === 0) {
      this.#model.show({ kinds: [], agent: null });
    }
    if (this.#model.placeOf(step) === undefined) {
      this.#goTo = step;
    } else {
      this.#afterFrame(() => {
        this.#list.scrollTo(step, 'center');
      });
    }
    this.#model.follow = false;
    this.#model.setExpanded(step, true);
    this.#select(step);
  }

  get #needle(): string {
    return this.#model.query.trim().toLowerCase();
  }

  #find(text: string): void {
    this.#model.search(text);
    const id = this.#search.id + 1;
    clearTimeout(this.#search.timer);
    const timer = window.setTimeout(() => {
      this.#editor.post({ type: 'search', search: id, text: text.trim() });
    }, searchDelayMs);
    this.#search = { id, running: text.trim() !== '', timer };
    this.#refresh();
  }

  #goToMatch(direction: 'next' | 'previous'): void {
    const step = this.#model.matchFrom(this.#model.current ?? 0, direction);
    if (step === null) return;
    const row = this.#model.rows.find((candidate) => candidate.step === step);
    if (row !== undefined && !rowHolds(row, this.#needle)) this.#model.setExpanded(step, true);
    this.#model.select(step);
    this.#tellSelection();
    this.#wanted = step;
    this.#refresh();
    this.#list.scrollTo(step);
  }

  /** Brings the text of a match onto the screen, and the rest of a long text that it stands in. */
  #showWanted(): void {
    const step = this.#wanted;
    if (step === null) return;
    const root = this.#list.viewOf(step)?.root;
    const body = this.#bodies.get(step);
    if (root === undefined || (this.#model.isExpanded(step) && body === undefined)) return;
    this.#wanted = null;
    const [first] = rangesIn(root, this.#needle);
    if (first !== undefined) {
      first.startContainer.parentElement?.scrollIntoView({ block: 'center' });
    } else if (body?.blocks.some((block) => block.omitted > 0) === true) {
      this.#bodies.needWhole(step);
    }
  }

  /** Once what was asked for is in the document. */
  #afterFrame(work: () => void): void {
    requestAnimationFrame(() => requestAnimationFrame(work));
  }
}

function emptyText(shown: number, all: number): string {
  if (shown > 0) return '';
  return all === 0 ? 'No steps yet.' : `The filter hides ${plural(all, 'step')}.`;
}
