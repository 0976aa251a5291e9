import { plural } from '../../presentation/format';
import type {
  Choice,
  FromReportPage,
  ReportState,
  ReportView,
  RowAction,
  ToReportPage,
} from '../../presentation/reportMessages';
import { ReportModel } from '../../presentation/reportModel';
import { afterFrame, element } from '../dom';
import type { Editor } from '../editor';
import { ColumnHead } from './columnHead';
import { HeaderView } from './headerView';
import { registerKeys } from './keys';
import { ProgressPart } from './progressPart';
import { RowList } from './rowList';
import { SummaryView } from './summaryView';
import { ToolbarView } from './toolbarView';

const hints: Readonly<Record<ReportView['kind'], string>> = {
  run: 'j k move · Enter open · p patch · t trajectory · r result · / filter · c compare',
  comparison: 'j k move · Enter patches side by side · / filter',
};

/** The page of one run's report, or of two runs beside each other. */
export class ReportPage {
  readonly #editor: Editor<FromReportPage, ToReportPage, ReportState>;
  readonly #model: ReportModel;
  readonly #scroller = element('main', { class: 'page', attributes: { tabindex: '-1' } });
  readonly #header: HeaderView;
  readonly #progress: ProgressPart;
  readonly #summary: SummaryView;
  readonly #toolbar: ToolbarView;
  readonly #head: ColumnHead;
  readonly #list: RowList;
  readonly #sticky: HTMLElement;
  readonly #grid: HTMLElement;
  readonly #notice = element('div', { class: 'notice', attributes: { role: 'status' } });
  readonly #footer = element('footer', { class: 'footer' });
  #runs: readonly string[] = [];
  /** Rows that are still to come of those that were there at the start. */
  #expected = 0;
  /** Where the page was when it was last shown. */
  #goTo: number | null;

  constructor(editor: Editor<FromReportPage, ToReportPage, ReportState>) {
    this.#editor = editor;
    const { state } = editor;
    this.#model = new ReportModel(state);
    this.#goTo = state?.top ?? null;
    const post = (message: FromReportPage): void => {
      editor.post(message);
    };
    this.#header = new HeaderView({ post });
    this.#progress = new ProgressPart({
      isChosen: (choice) => this.#model.isChosen(choice),
      onChoose: (choice) => {
        this.#choose(choice);
      },
      onOpen: (trial) => {
        this.#act(trial, 'open');
      },
      onRerun: (failure) => {
        post({ type: 'rerun', failure });
      },
    });
    this.#summary = new SummaryView({
      isChosen: (choice) => this.#model.isChosen(choice),
      onChoose: (choice) => {
        this.#choose(choice);
      },
      onLeaveOut: (leftOut) => {
        post({ type: 'leaveOut', leftOut });
      },
    });
    this.#toolbar = this.#makeToolbar();
    this.#head = new ColumnHead(this.#model, (column) => {
      this.#model.sortBy(column);
      this.#showOthers();
    });
    this.#sticky = element('div', { class: 'sticky' }, this.#toolbar.root, this.#head.root);
    this.#list = this.#makeList();
    this.#grid = element(
      'div',
      { class: 'grid', attributes: { role: 'table', 'aria-label': 'Rows' } },
      this.#sticky,
      this.#list.root,
    );
  }

  /** Puts the page into the document and asks for what it is to show. */
  begin(root: HTMLElement): void {
    this.#scroller.append(
      this.#header.root,
      this.#progress.root,
      this.#summary.root,
      this.#grid,
      this.#notice,
    );
    root.append(this.#scroller, this.#footer);
    this.#list.begin();
    this.#registerKeys();
    this.#scroller.addEventListener('scroll', () => {
      this.#remember();
    });
    // Where the rows begin changes with the width of what stands above them.
    const above = new ResizeObserver(() => {
      this.#list.refresh();
    });
    above.observe(this.#progress.root);
    above.observe(this.#summary.root);
    this.#editor.listen((message) => {
      this.#take(message);
    });
    this.#editor.post({ type: 'ready' });
  }

  #take(message: ToReportPage): void {
    switch (message.type) {
      case 'start':
        this.#runs = message.runs;
        this.#model.clear();
        this.#progress.update(null);
        this.#expected = message.rows;
        this.#show(message.view);
        return;
      case 'view':
        this.#show(message.view);
        return;
      case 'progress':
        this.#progress.update(message.progress);
        return;
      case 'rows':
        this.#model.put(message.rows);
        this.#expected = Math.max(0, this.#expected - message.rows.length);
        this.#refresh();
        if (this.#expected === 0) this.#goBack();
        return;
      case 'failed':
        this.#notice.textContent = message.message;
    }
  }

  #show(view: ReportView): void {
    this.#model.view = view;
    const widths = view.columns.map(({ kind }, n) =>
      kind === 'number' ? '80px' : n === 0 ? 'minmax(160px, 3fr)' : 'minmax(70px, 1.4fr)',
    );
    this.#grid.style.setProperty('--columns', [...widths, '76px'].join(' '));
    this.#grid.setAttribute('aria-label', view.rowName === 'trial' ? 'Trials' : 'Pairs');
    this.#refresh();
  }

  /** Shows what the model says, everywhere. */
  #refresh(): void {
    const { view, shown, size } = this.#model;
    if (view === null) return;
    this.#header.update(view);
    this.#summary.update(view);
    this.#toolbar.update();
    this.#head.update();
    this.#grid.setAttribute('aria-rowcount', String(shown.length + 1));
    this.#list.refresh();
    this.#footer.textContent = hints[view.kind];
    if (this.#expected === 0) this.#notice.textContent = emptyText(shown.length, size, view);
    this.#remember();
  }

  #goBack(): void {
    const top = this.#goTo;
    this.#goTo = null;
    if (top === null) return;
    afterFrame(() => {
      this.#scroller.scrollTop = top;
    });
  }

  #remember(): void {
    const { view } = this.#model;
    // What is not there yet would be remembered as if it had been left.
    if (view === null || this.#expected > 0 || this.#goTo !== null) return;
    const { scrollTop: top } = this.#scroller;
    const leftOut = view.bad.leftOut;
    this.#editor.remember({ runs: [...this.#runs], leftOut, ...this.#model.remembered, top });
  }

  #choose(choice: Choice): void {
    this.#model.toggle(choice);
    this.#showOthers();
  }

  /** Other rows are shown, or in another order: from the first on. */
  #showOthers(): void {
    this.#refresh();
    this.#list.toTop();
  }

  #act(id: string, action: RowAction): void {
    if (this.#model.rowOf(id)?.actions.includes(action) !== true) return;
    this.#editor.post({ type: 'row', id, action });
  }

  #select(move: () => void): void {
    move();
    this.#list.focusCurrent();
    this.#remember();
  }

  #makeToolbar(): ToolbarView {
    return new ToolbarView(this.#model, {
      onSearch: (text) => {
        this.#model.search(text);
        this.#showOthers();
      },
      onChoose: (choice) => {
        this.#choose(choice);
      },
      onLeave: () => {
        this.#select(() => {
          const { current } = this.#model;
          if (current === null || this.#model.placeOf(current) === undefined) this.#model.move(1);
        });
      },
    });
  }

  #makeList(): RowList {
    return new RowList({
      model: this.#model,
      scroller: this.#scroller,
      sticky: this.#sticky,
      kindOf: (column) => this.#model.view?.columns[column]?.kind ?? 'text',
      onAct: (id, action) => {
        this.#act(id, action);
      },
      onSelect: (id) => {
        this.#select(() => (this.#model.current = id));
      },
    });
  }

  #registerKeys(): void {
    registerKeys({
      move: (rows) => {
        this.#select(() => {
          this.#model.move(rows);
        });
      },
      page: (direction) => {
        this.#select(() => {
          this.#model.move(direction * this.#list.pageSize);
        });
      },
      act: (action) => {
        if (this.#model.current !== null) this.#act(this.#model.current, action);
      },
      search: () => {
        this.#toolbar.focusSearch();
      },
      compare: () => {
        if (this.#model.view?.kind === 'run') this.#editor.post({ type: 'compare' });
      },
      escape: () => {
        this.#model.clearFilter();
        this.#showOthers();
      },
    });
  }
}

function emptyText(shown: number, all: number, { rowName }: ReportView): string {
  if (shown > 0) return '';
  return all === 0 ? `No ${rowName}s yet.` : `The filter hides ${plural(all, rowName)}.`;
}
