import type {
  FromLeaderboardPage,
  LeaderboardSubject,
  LeaderboardView,
  ToLeaderboardPage,
} from '../../presentation/leaderboardMessages';
import { element } from '../dom';
import type { Editor } from '../editor';
import { titleParts } from '../titles';
import { EntriesView } from './entriesView';
import { PictureView } from './pictureView';
import { thresholdsTable } from './thresholdsTable';

/** The page of a competition's leaderboard, with the submissions of one run or of all on it. */
export class LeaderboardPage {
  readonly #editor: Editor<FromLeaderboardPage, ToLeaderboardPage, LeaderboardSubject>;
  readonly #titles = element('div', { class: 'titles' });
  readonly #note = element('p', { class: 'note', attributes: { role: 'status' } });
  readonly #picture = new PictureView();
  readonly #thresholds = element('section', { class: 'thresholds' });
  readonly #entries: EntriesView;

  constructor(editor: Editor<FromLeaderboardPage, ToLeaderboardPage, LeaderboardSubject>) {
    this.#editor = editor;
    this.#entries = new EntriesView({
      onAct: (id, action) => {
        editor.post({ type: 'entry', id, action });
      },
      onCurrent: (id) => {
        this.#picture.mark(id);
      },
    });
  }

  /** Puts the page into the document and asks for what it is to show. */
  begin(root: HTMLElement): void {
    const tables = element('div', { class: 'tables' }, this.#entries.root, this.#thresholds);
    const page = element(
      'main',
      { class: 'page' },
      element('header', { class: 'header' }, this.#titles),
      this.#picture.root,
      this.#note,
      tables,
    );
    root.append(page);
    new ResizeObserver(() => {
      this.#picture.draw();
    }).observe(page);
    this.#editor.listen((message) => {
      this.#take(message);
    });
    this.#editor.post({ type: 'ready' });
  }

  #take(message: ToLeaderboardPage): void {
    switch (message.type) {
      case 'show':
        this.#editor.remember(message.subject);
        this.#show(message.view);
        return;
      case 'failed':
        this.#note.textContent = message.message;
    }
  }

  #show(view: LeaderboardView): void {
    this.#titles.replaceChildren(...titleParts(view));
    this.#note.textContent = view.note;
    this.#note.hidden = view.note === '';
    this.#picture.update(view);
    this.#entries.update(view);
    this.#thresholds.replaceChildren(...thresholdsTable(view));
  }
}
