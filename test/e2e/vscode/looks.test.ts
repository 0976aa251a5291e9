import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SAMPLE_TASK } from './samples';
import { VsCode } from './vscode';
import type { Workbench } from './workbench';

const RUN_LIMIT_MS = 240_000;

/** No mouse anywhere. */
describe('with the keyboard alone', () => {
  let vscode: VsCode;
  let workbench: Workbench;

  beforeAll(async () => {
    vscode = await VsCode.start();
    ({ workbench } = vscode);
  });

  afterAll(async () => {
    await workbench.screenshot('keyboard-last');
    await vscode[Symbol.asyncDispose]();
  });

  test(
    'a task is found in the tree and run',
    async () => {
      const tasks = workbench.tree('Tasks');
      await workbench.palette('Benchyard: Focus on Tasks View');
      await tasks.item(/^SWE-bench/).waitFor();
      // The editor cannot give the focus to a tree that is still empty.
      await workbench.palette('Benchyard: Focus on Tasks View');
      await expect
        .poll(async () => {
          await workbench.page.keyboard.press('ArrowDown');
          return tasks.focused();
        })
        .toMatch(new RegExp(`^${SAMPLE_TASK}`));
      await workbench.page.keyboard.press('Shift+F10');
      await workbench.page
        .getByRole('menuitem', { name: /^Run( |$)/ })
        .first()
        .waitFor();
      await workbench.page.keyboard.press('ArrowDown');
      await workbench.page.keyboard.press('Enter');
      expect(
        await workbench
          .tree('Runs')
          .nameOf(new RegExp(`^gold on ${SAMPLE_TASK}, finished`), RUN_LIMIT_MS),
      ).toContain('1 of 1 resolved');
    },
    RUN_LIMIT_MS,
  );

  test('its trial is reached and its patch opened', async () => {
    await workbench.palette('Benchyard: Focus on Runs View');
    const runs = workbench.tree('Runs');
    await expect
      .poll(async () => {
        // Down to the run, right into it.
        await workbench.page.keyboard.press('ArrowDown');
        await workbench.page.keyboard.press('ArrowRight');
        return runs.focused();
      })
      .toMatch(new RegExp(`^${SAMPLE_TASK}, resolved`));
    await workbench.page.keyboard.press('Enter');
    await workbench.editorTab(`${SAMPLE_TASK} (trial 1): expression.py`).waitFor();
    await workbench.diff().untilShown();
  });

  test('Run Tasks asks which, and Escape leaves no trace', async () => {
    await workbench.palette('Benchyard: Run Tasks…');
    await workbench.page.getByRole('checkbox', { name: SAMPLE_TASK }).first().waitFor();
    await workbench.screenshot('pick-tasks');
    await workbench.page.keyboard.press('Escape');
    await workbench.quickInput().waitFor({ state: 'detached' });
    const runs = await workbench.tree('Runs').labels();
    expect(runs.filter((label) => label.startsWith('gold on'))).toHaveLength(1);
  });
});

describe('the looks that people choose', () => {
  test.each([
    ['Default Dark Modern', /\bvs-dark\b/],
    ['Default High Contrast', /\bhc-black\b/],
    ['Default High Contrast Light', /\bhc-light\b/],
  ])(
    '%s shows tasks, a run and its patch',
    async (theme, kind) => {
      await using vscode = await VsCode.start({ settings: { 'workbench.colorTheme': theme } });
      const { workbench } = vscode;
      await workbench.openContainer('Benchyard');
      // A new window is light until it knows its settings.
      const page = workbench.page.locator('.monaco-workbench');
      await expect.poll(() => page.getAttribute('class')).toMatch(kind);
      await workbench.tree('Tasks').inlineAction(new RegExp(`^${SAMPLE_TASK}`), 'Run');
      const runs = workbench.tree('Runs');
      await runs.item(/^gold on .*, finished/).waitFor({ timeout: RUN_LIMIT_MS });
      await runs.expand(/^gold on /);
      await runs.item(new RegExp(`^${SAMPLE_TASK}, resolved`)).click();
      await workbench.diff().untilShown();
      await workbench.screenshot(theme.toLowerCase().replaceAll(' ', '-'));
    },
    RUN_LIMIT_MS,
  );
});
