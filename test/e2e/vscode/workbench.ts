import path from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';

const PALETTE_LIMIT_MS = 20_000;

/** Monaco shows spaces as no-break spaces. */
function plainText(lines: readonly string[]): string {
  return lines.join('\n').replaceAll('\u00a0', ' ');
}

async function reaches(
  target: Locator,
  options: { readonly state: 'visible' | 'hidden'; readonly timeout: number },
): Promise<boolean> {
  return target.waitFor(options).then(
    () => true,
    () => false,
  );
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

async function textOf(lines: Locator): Promise<string> {
  return plainText(await lines.allInnerTexts());
}

/**
 * VS Code's workbench as a person meets it. Everything is found by its role and accessible name where VS Code gives it
 * one, so that a test that passes also says that a screen reader can get there.
 */
export class Workbench {
  readonly page: Page;
  readonly #screenshotsDir: string;

  constructor(page: Page, screenshotsDir: string) {
    this.page = page;
    this.#screenshotsDir = screenshotsDir;
  }

  async untilReady(): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor();
    await this.page.locator('.activitybar').getByRole('tab').first().waitFor();
  }

  /** As *Developer: Reload Window* does it, but also when the workbench no longer answers. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.untilReady();
  }

  /** Opens a view container from the activity bar; a click on one that is open would close it. */
  async openContainer(name: string): Promise<void> {
    const tab = this.page.locator('.activitybar').getByRole('tab', { name });
    const title = this.page.locator('.sidebar .composite.title').getByText(name, { exact: true });
    await tab.waitFor();
    // A reloaded window restores what was open; until it has done so, the tab says that nothing is.
    await this.page.locator('.sidebar .composite.title').getByText(/./).first().waitFor();
    if (!(await title.isVisible())) await tab.click();
    await title.waitFor();
  }

  tree(name: string | RegExp): Tree {
    return new Tree(this.page, this.page.getByRole('tree', { name }));
  }

  /** Runs a command by its title. */
  async palette(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    const input = this.quickInput();
    await input.waitFor();
    // Its keybinding follows the title in the name.
    const asked = new RegExp(`^${escapeRegExp(title)}(,|$)`);
    const deadline = Date.now() + PALETTE_LIMIT_MS;
    do {
      // The list knows the commands of the moment at which it was filtered, and a new window's extensions come late.
      await input.fill('>');
      await input.fill(`>${title}`);
    } while (
      Date.now() < deadline &&
      !(await reaches(this.quickOption(asked), { state: 'visible', timeout: 500 }))
    );
    await this.quickOption(asked).waitFor({ timeout: 500 });
    while (!asked.test(await this.#focusedOption())) await input.press('ArrowDown');
    await input.press('Enter');
  }

  async #focusedOption(): Promise<string> {
    const row = this.page.locator('.quick-input-widget:visible .monaco-list-row.focused');
    return (await row.getAttribute('aria-label')) ?? '';
  }

  /** The quick pick's or input box's line of text. */
  quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible input.input');
  }

  quickOption(name: string | RegExp): Locator {
    return this.page.locator('.quick-input-widget:visible').getByRole('option', { name }).first();
  }

  /** Chooses from a quick pick that is open or about to open. */
  async pick(name: string | RegExp): Promise<void> {
    await this.quickOption(name).click();
  }

  editorTab(name: string | RegExp): Locator {
    return this.page.locator('.editor-group-container').getByRole('tab', { name });
  }

  /** The page in the webview that is shown. */
  webview(): FrameLocator {
    const outer = this.page.locator('iframe.webview.ready').last().contentFrame();
    return outer.locator('iframe#active-frame').contentFrame();
  }

  diff(): DiffEditor {
    return new DiffEditor(this.page.locator('.editor-instance .monaco-diff-editor').first());
  }

  /** The files that the multi-file diff editor has on the screen. */
  multiDiffEntries(): Locator {
    return this.page.locator('.multiDiffEntry:visible');
  }

  /** What the active text editor has on the screen. */
  editorText(): Promise<string> {
    return textOf(this.page.locator('.editor-instance .monaco-editor .view-line'));
  }

  /** Opens an output channel and gives what of it is on the screen. */
  async output(channel: string | RegExp): Promise<Locator> {
    await this.palette('Output: Show Output Channels...');
    await this.pick(channel);
    return this.page.locator('[id="workbench.panel.output"] .view-lines');
  }

  /** Items of the Test Results' and Testing view's trees. */
  tests(): Tree {
    return new Tree(this.page, this.page.locator('.test-explorer'));
  }

  testResults(): Tree {
    return new Tree(this.page, this.page.locator('[id="workbench.panel.testResults"]'));
  }

  async problems(): Promise<Tree> {
    await this.palette('Problems: Focus on Problems View');
    return new Tree(this.page, this.page.locator('.markers-panel'));
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast-container').filter({ hasText: text });
  }

  /** A modal dialog's or notification's button. */
  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  statusBar(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item').filter({ hasText: text });
  }

  terminal(): Locator {
    return this.page.locator('.terminal-wrapper.active .xterm-rows');
  }

  async screenshot(name: string): Promise<void> {
    // Away from what the last action hovered, or its tooltip covers what the picture is to show.
    await this.page.mouse.move(0, 0);
    await this.page.locator('.monaco-hover:visible').waitFor({ state: 'detached' });
    await this.page.screenshot({ path: path.join(this.#screenshotsDir, `${name}.png`) });
  }
}

/** A tree of VS Code. Only rows on the screen exist: scroll or filter to reach others. */
export class Tree {
  readonly root: Locator;
  readonly #page: Page;

  constructor(page: Page, root: Locator) {
    this.#page = page;
    this.root = root;
  }

  item(name: string | RegExp): Locator {
    return this.root.getByRole('treeitem', { name }).first();
  }

  async expand(name: string | RegExp): Promise<void> {
    const item = this.item(name);
    await item.waitFor();
    if ((await item.getAttribute('aria-expanded')) === 'true') return;
    await item.click();
    if ((await item.getAttribute('aria-expanded')) !== 'true') await item.press('ArrowRight');
    await this.root.getByRole('treeitem', { name, expanded: true }).first().waitFor();
  }

  /** Runs an action of the item's context menu. */
  async contextMenu(name: string | RegExp, action: string | RegExp): Promise<void> {
    await this.item(name).click({ button: 'right' });
    const entry = this.#page.getByRole('menuitem', { name: action });
    // A menu takes no click in the moment in which it opens.
    do {
      await entry.click();
    } while (!(await reaches(entry, { state: 'hidden', timeout: 1000 })));
  }

  /** Clicks an action that the item shows while it is hovered or focused. Its title may be followed by a keybinding. */
  async inlineAction(name: string | RegExp, title: string): Promise<void> {
    await this.item(name).hover();
    await this.item(name)
      .getByRole('button', { name: new RegExp(`^${title}( \\(.+\\))?$`) })
      .click();
  }

  /** The whole accessible name of an item, when it is there. */
  async nameOf(name: RegExp, timeout: number): Promise<string> {
    await this.item(name).waitFor({ timeout });
    return (await this.item(name).getAttribute('aria-label')) ?? '';
  }

  /** The accessible name of the row that the keyboard is at; empty when it is at none. */
  async focused(): Promise<string> {
    const row = this.root.locator('.monaco-list-row.focused');
    return (await row.count()) === 0 ? '' : ((await row.first().getAttribute('aria-label')) ?? '');
  }

  /** Accessible names of the rows on the screen. */
  async labels(): Promise<readonly string[]> {
    const rows = await this.root.getByRole('treeitem').all();
    const labels = await Promise.all(rows.map((row) => row.getAttribute('aria-label')));
    return labels.map((label) => label ?? '');
  }
}

export class DiffEditor {
  readonly #root: Locator;

  constructor(root: Locator) {
    this.#root = root;
  }

  original(): Promise<string> {
    return textOf(this.#root.locator('.editor.original .view-line'));
  }

  modified(): Promise<string> {
    return textOf(this.#root.locator('.editor.modified .view-line'));
  }

  /** Resolves when both sides have been drawn and differ. */
  async untilShown(): Promise<void> {
    await this.#root.locator('.editor.modified .view-line').first().waitFor();
    await this.#root.locator('.line-insert, .line-delete').first().waitFor();
  }
}
