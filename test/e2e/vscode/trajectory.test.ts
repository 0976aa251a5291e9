import path from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeHost } from '../../../src/nodeHost';
import { slugifyBase, slugifyStory } from '../../support/slugifyStory';
import { Recording } from '../../support/trajectories';
import { reloadWith } from './reloadWith';
import { VsCode } from './vscode';
import type { Workbench } from './workbench';

/** No mouse anywhere. */
describe('a trajectory, with the keyboard alone', () => {
  let vscode: VsCode;
  let workbench: Workbench;
  let page: FrameLocator;

  const step = (number: number): Locator =>
    page.getByRole('article', { name: new RegExp(`^Step ${String(number)}, `) });
  const press = (...keys: readonly string[]): Promise<void> =>
    keys.reduce(
      (before, key) => before.then(() => workbench.page.keyboard.press(key)),
      Promise.resolve(),
    );
  /** The accessible name of the step that the keyboard is at. */
  const focused = async (): Promise<string> =>
    (await page.locator('article:focus').count()) === 0
      ? ''
      : ((await page.locator('article:focus').getAttribute('aria-label')) ?? '');
  const search = (): Locator => page.getByRole('textbox', { name: 'Search steps' });
  const inSearch = async (): Promise<boolean> =>
    (await page.locator('.search:focus').count()) === 1;
  const matches = (): Promise<string> => page.getByRole('status').first().innerText();

  beforeAll(async () => {
    vscode = await VsCode.start();
    ({ workbench } = vscode);
    page = workbench.webview();
    const recording = await Recording.begin({
      host: nodeHost({ cwd: vscode.folder }),
      out: path.join(vscode.folder, 'sandbox/runs'),
      base: slugifyBase,
      model: 'example/model-1',
    });
    await recording.record(slugifyStory);
    await recording.end();
  });

  afterAll(async () => {
    await workbench.screenshot('trajectory-last');
    await vscode[Symbol.asyncDispose]();
  });

  test('is opened from the palette, and says what the agent did', async () => {
    await workbench.palette('Benchyard: Open Trajectory');
    await workbench.quickOption(/^textkit__slugify-unicode/).waitFor();
    await press('Enter');
    await workbench.editorTab('Trajectory: textkit__slugify-unicode').waitFor();
    await page.getByRole('feed', { name: 'Steps' }).waitFor();
    await step(3).waitFor();
    expect(await step(3).getAttribute('aria-label')).toBe(
      'Step 3, Model, I will look at the code first., 3.3k tokens, $0.0021, 2.4s',
    );
    expect(await step(3).getAttribute('aria-setsize')).toBe(String(slugifyStory.length));
    const header = await page.locator('header').innerText();
    expect(header).toContain('resolved');
    expect(header.replaceAll(/\s+/g, ' ')).toContain('Turns 8 Tool calls 10 (2 failed)');
    expect(header).toContain('unknown');
  });

  test('is read step by step', async () => {
    await press('Home', 'j', 'ArrowDown');
    await expect.poll(focused).toMatch(/^Step 3, Model/);
    await press('Enter');
    await step(3).getByText('I will look at the code first.', { exact: true }).last().waitFor();
    await step(3).getByText('2,048 cached').waitFor();
    await workbench.screenshot('trajectory-read');
    await press('ArrowLeft');
    await step(3).getByText('2,048 cached').waitFor({ state: 'detached' });
    await press('End');
    await expect.poll(focused).toMatch(/^Step 21, End, submitted/);
    await press('k');
    await expect.poll(focused).toMatch(/^Step 20, submit/);
    await press('e');
    await step(20).getByText('Submitted.').last().waitFor();
    await press('e');
  });

  test('is searched, in summaries and in whole texts', async () => {
    await press('Home', '/');
    await expect.poll(inSearch).toBe(true);
    await workbench.page.keyboard.type('nfkd');
    await expect.poll(matches).toBe('3 steps');
    await press('Enter');
    await expect.poll(matches).toBe('1 of 3');
    await step(8).getByText('"NFKD"').waitFor();
    await press('Enter');
    await expect.poll(matches).toBe('2 of 3');
    await press('Shift+Enter');
    await expect.poll(matches).toBe('1 of 3');
    await workbench.screenshot('trajectory-search');
    await press('Escape');
    await expect.poll(matches).toBe('');
    await press('Escape');
    await expect.poll(focused).toMatch(/^Step 8, edit/);
    await press('Control+f');
    await expect.poll(inSearch).toBe(true);
    await press('Escape');
    await expect.poll(focused).toMatch(/^Step 8, edit/);
  });

  test('is filtered by kind', async () => {
    await press('f', 'Tab', 'Tab', 'Tab', 'Space');
    const errors = page.getByRole('button', { name: 'Errors' });
    await expect.poll(() => errors.getAttribute('aria-pressed')).toBe('true');
    await expect
      .poll(() => page.getByRole('article').first().getAttribute('aria-setsize'))
      .toBe('2');
    await press('Space');
    await expect
      .poll(() => page.getByRole('article').first().getAttribute('aria-setsize'))
      .toBe(String(slugifyStory.length));
    await press('Shift+Tab');
  });

  test('leads to the diff of a step, and from its line back to the step', async () => {
    await press('/');
    await workbench.page.keyboard.type('edit textkit');
    await press('Enter', 'Escape', 'Escape');
    await expect.poll(focused).toMatch(/^Step 10, edit, .*changed files/);
    await press('d');
    await workbench.editorTab('textkit__slugify-unicode: step 10: slugify.py').waitFor();
    await workbench.diff().untilShown();
    expect(await workbench.diff().modified()).toContain('normalize("NFKD", text)');
    await workbench.screenshot('trajectory-diff');
    // The editor puts the cursor on the first change.
    await workbench.palette('Benchyard: Go to Step That Wrote This Line');
    await expect.poll(focused).toMatch(/^Step 10, edit/);
  });

  test('shows what a range of steps changed', async () => {
    await press('Shift+ArrowDown', 'Shift+ArrowDown', 'Shift+ArrowDown');
    await page.getByText('Steps 10 to 13 selected').waitFor();
    await workbench.screenshot('trajectory-range');
    await press('d');
    await workbench.editorTab(/^textkit__slugify-unicode: steps 10 to 13/).waitFor();
    await expect.poll(() => workbench.multiDiffEntries().count()).toBe(2);
    await press('Control+w');
    await step(13).waitFor();
  });

  test('comes back as it was when the window is loaded again', async () => {
    await press('Escape', '/');
    await workbench.page.keyboard.type('hyphens');
    await expect.poll(matches).toBe('2 of 2');
    await press('Enter');
    await expect.poll(matches).toBe('1 of 2');
    await reloadWith(workbench, '"current":6,');
    await step(6).waitFor();
    await expect.poll(matches).toBe('1 of 2');
    await step(6).getByText('joined by hyphens').waitFor();
    await expect.poll(() => search().inputValue()).toBe('hyphens');
  });

  test.each([
    ['Dark Modern', 'vscode-dark'],
    ['Light Modern', 'vscode-light'],
    ['Dark High Contrast', 'vscode-high-contrast'],
    ['Light High Contrast', 'vscode-high-contrast-light'],
  ])('can be read in %s', async (theme, kind) => {
    await workbench.palette('Preferences: Color Theme');
    await workbench.quickInput().fill(theme);
    await workbench.quickOption(new RegExp(`^${theme}`)).waitFor();
    await press('Enter');
    await expect
      .poll(() => page.locator('body').getAttribute('class'))
      .toMatch(new RegExp(`(^| )${kind}( |$)`));
    for (const part of ['.summary', '.facts', '.totals dt', '.footer']) {
      expect(await contrastOf(page.locator(part).first()), part).toBeGreaterThan(4.5);
    }
    await workbench.screenshot(`trajectory-${theme.toLowerCase().replaceAll(' ', '-')}`);
  });

  test('fits where there is little room', async () => {
    await workbench.page.setViewportSize({ width: 700, height: 500 });
    const overflow = (): Promise<number> =>
      page
        .locator('body')
        .evaluate((body: PageElement) => Math.max(0, body.scrollWidth - body.clientWidth));
    await expect.poll(overflow).toBe(0);
    await step(13).waitFor();
    await workbench.screenshot('trajectory-narrow');
  });
});

/** What is needed of the page's elements; the tests are not compiled for a browser. */
interface PageElement {
  readonly scrollWidth: number;
  readonly clientWidth: number;
  readonly ownerDocument: {
    readonly body: PageElement;
    readonly defaultView: {
      getComputedStyle(element: PageElement): {
        readonly color: string;
        readonly backgroundColor: string;
      };
    };
  };
}

/** How well a text stands out from the page, as WCAG counts it. */
function contrastOf(text: Locator): Promise<number> {
  return text.evaluate((element: PageElement) => {
    const { body, defaultView } = element.ownerDocument;
    const luminance = (color: string): number => {
      const [red = 0, green = 0, blue = 0] = [...color.matchAll(/[\d.]+/g)].map(([part]) => {
        const value = Number(part) / 255;
        return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const own = luminance(defaultView.getComputedStyle(element).color);
    const page = luminance(defaultView.getComputedStyle(body).backgroundColor);
    return (Math.max(own, page) + 0.05) / (Math.min(own, page) + 0.05);
  });
}
