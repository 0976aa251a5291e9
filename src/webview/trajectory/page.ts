import { plural } from '../../presentation/format';
import type {
  FromPage,
  ToPage,
  TrajectoryHeader,
  TrajectoryState,
} from '../../presentation/trajectoryMessages';
import type { StepSelection } from '../../presentation/trajectoryModel';
import { TrajectoryModel } from '../../presentation/trajectoryModel';
import { afterFrame, element } from '../dom';
import type { Editor } from '../editor';
import { Bodies } from './bodies';
import { HeaderView } from './headerView';
import { registerKeys } from './keys';
import { Marks } from './marks';
import { Reading } from './reading';
import { Ruler } from './ruler';
import { Search } from './search';
import { StageStrip } from './stageStrip';
import { StepList } from './stepList';
import { ToolbarView } from './toolbarView';

const hints =
  'j k move · Enter open · Shift+arrows select · d diff · / search · f filter · e expand';

/** The page of one trajectory: joins what it shows with what the editor says and a person does. */
export class TrajectoryPage {
  readonly #editor: Editor<FromPage, ToPage, TrajectoryState>;
  readonly #model: TrajectoryModel;
  readonly #bodies: Bodies;
  readonly #search: Search;
  readonly #reading: Reading;
  readonly #header = new HeaderView();
  readonly #stages: StageStrip;
  readonly #toolbar: ToolbarView;
  readonly #list: StepList;
  readonly #ruler: Ruler;
  readonly #marks = new Marks();
  readonly #notice = element('div', { class: 'notice', attributes: { role: 'status' } });
  readonly #footer = element('footer', { class: 'footer' });
  #ids: { readonly run: string; readonly trial: string } | null = null;
  #live = false;
  /** Nobody has looked at it before. */
  #fresh: boolean;
  /** Steps that are still to come of those that were there at the start. */
  #expected = 0;
  /** A step that is shown once it came: at the top, as it was, or because somebody asked for it. */
  #goTo: { readonly step: number; readonly reveal: boolean } | null;

  constructor(editor: Editor<FromPage, ToPage, TrajectoryState>) {
    this.#editor = editor;
    const { state } = editor;
    this.#fresh = state === undefined;
    const model = new TrajectoryModel(state);
    this.#model = model;
    const top = state?.top ?? null;
    this.#goTo = top === null ? null : { step: top, reveal: false };
    const bodies = new Bodies((steps, whole) => {
      editor.post({ type: 'bodies', steps: [...steps], whole });
    });
    this.#bodies = bodies;
    const list = (): StepList => this.#list;
    const onChange = (): void => {
      this.#refresh();
    };
    const post = (message: FromPage): void => {
      editor.post(message);
    };
    this.#reading = new Reading({ model, list, post, onChange });
    const onAsk = (search: number, text: string): void => {
      post({ type: 'search', search, text });
    };
    this.#search = new Search({ model, bodies, list, onAsk, onChange });
    this.#stages = new StageStrip((step) => {
      this.#reading.reveal(step);
    });
    this.#toolbar = this.#makeToolbar();
    this.#list = this.#makeList();
    this.#ruler = new Ruler({
      model,
      onClick: (place) => {
        this.#list.scrollToPlace(place);
      },
    });
  }

  /** Puts the page into the document and asks for what it is to show. */
  begin(root: HTMLElement): void {
    root.append(
      this.#header.root,
      this.#stages.root,
      this.#toolbar.root,
      element('main', { class: 'main' }, this.#list.root, this.#ruler.root, this.#notice),
      this.#footer,
    );
    this.#list.begin();
    this.#registerKeys();
    window.addEventListener('focus', () => {
      this.#takeFocus();
    });
    document.addEventListener('contextmenu', ({ target }) => {
      this.#reading.openMenu(target);
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
        this.#search.take(message);
        return;
      case 'reveal':
        this.#goTo = { step: message.step, reveal: true };
        this.#showGoal();
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
    if (message.reveal !== null) this.#goTo = { step: message.reveal, reveal: true };
    this.#showHeader(message.header);
    if (this.#model.query !== '') this.#search.find(this.#model.query);
  }

  #addRows(rows: Extract<ToPage, { type: 'rows' }>['rows']): void {
    this.#model.add(rows);
    this.#expected = Math.max(0, this.#expected - rows.length);
    const { current, shown } = this.#model;
    const [first] = shown;
    if (current === null && first !== undefined) this.#model.select(first.step);
    if (this.#expected === 0) this.#readAsFlow();
    this.#refresh();
    if (this.#expected > 0) return;
    this.#reading.tellSelection();
    afterFrame(() => {
      this.#takeFocus();
    });
    if (this.#goTo !== null) this.#showGoal();
    else if (this.#live && this.#model.follow) {
      afterFrame(() => {
        this.#list.scrollToEnd();
      });
    }
  }

  /** Whoever opens a flow for the first time sees what its stages came to, before what was said for it. */
  #readAsFlow(): void {
    if (!this.#fresh) return;
    this.#fresh = false;
    if (this.#model.hasFlow) this.#model.readAsFlow();
    const [first] = this.#model.shown;
    if (first !== undefined) this.#model.select(first.step);
  }

  /** Shows the step that was to be shown, if it is there. */
  #showGoal(): void {
    if (this.#goTo === null || this.#expected > 0) return;
    const { step, reveal } = this.#goTo;
    this.#goTo = null;
    if (reveal) this.#reading.reveal(step);
    else {
      afterFrame(() => {
        this.#list.scrollTo(step, 'start');
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
    this.#stages.update(this.#model.rows);
    this.#toolbar.update({ searching: this.#search.running, live: this.#live });
    this.#list.refresh();
    this.#ruler.update();
    const { selection, shown, rows } = this.#model;
    this.#footer.textContent = footerText(selection);
    if (this.#expected === 0) this.#notice.textContent = emptyText(shown.length, rows.length);
    this.#remember();
  }

  #remember(): void {
    // What is not there yet would be remembered as if it had been left.
    if (this.#ids === null || this.#expected > 0) return;
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
        this.#marks.update(() => this.#list.rendered, this.#search.needle);
        this.#search.showWanted();
      },
      onScrolled: (atEnd) => {
        if (this.#live && this.#model.follow !== atEnd) {
          this.#model.follow = atEnd;
          this.#refresh();
        }
        this.#remember();
      },
      onClick: (step, event) => {
        this.#reading.click(step, event);
      },
      onOpenDiff: (step) => {
        this.#reading.openDiff(step);
      },
      onShowAll: (step) => {
        this.#bodies.needWhole(step);
      },
      onOpenOutput: (step) => {
        this.#editor.post({ type: 'openOutput', step });
      },
      onOpenProgram: (step) => {
        this.#editor.post({ type: 'openProgram', step });
      },
      onOpenTest: (step, test) => {
        this.#editor.post({ type: 'openTest', step, test });
      },
    });
  }

  #makeToolbar(): ToolbarView {
    return new ToolbarView(this.#model, {
      onSearch: (text) => {
        this.#search.find(text);
      },
      onMatch: (direction) => {
        this.#search.goTo(direction);
        this.#reading.tellSelection();
      },
      onFilter: (kinds, agent) => {
        this.#model.show({ kinds, agent });
        this.#refresh();
        afterFrame(() => {
          if (this.#model.current !== null) this.#list.scrollTo(this.#model.current);
        });
      },
      onExpandAll: (expandAll) => {
        this.#reading.expandAll(expandAll);
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
    registerKeys({
      ...this.#reading.keys,
      search: () => {
        this.#toolbar.focusSearch();
      },
      filter: () => {
        this.#toolbar.focusFilter();
      },
      match: (direction) => {
        this.#search.goTo(direction);
        this.#reading.tellSelection();
        this.#list.focusCurrent();
      },
    });
  }
}

function footerText(selection: StepSelection | null): string {
  if (selection === null || selection.from === selection.to) return hints;
  const { from, to } = selection;
  return `Steps ${String(from)} to ${String(to)} selected · d opens their diff · Esc ends the selection`;
}

function emptyText(shown: number, all: number): string {
  if (shown > 0) return '';
  return all === 0 ? 'No steps yet.' : `The filter hides ${plural(all, 'step')}.`;
}
