import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelServer } from '../../support/modelServer';
import { callTool, startModelServer } from '../../support/modelServer';
import { SAMPLE_TASK, sampleRow } from './samples';
import { VsCode } from './vscode';
import type { Workbench } from './workbench';

const RUN_LIMIT_MS = 240_000;
const key = 'sk-planted-7f3a91c4e5d2b806';

/** Files below a folder that have a text in them. */
async function filesWith(text: string, folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const file = path.join(folder, name);
    // Sockets and what was removed meanwhile hold nothing to read.
    const isFile = await stat(file).then(
      (seen) => seen.isFile(),
      () => false,
    );
    if (isFile && (await readFile(file)).includes(text)) found.push(name);
  }
  return found;
}

/** A person gives a key, and an agent works with it: the server gets it, and nothing on disk does. */
describe('the key of a model', () => {
  let vscode: VsCode;
  let workbench: Workbench;
  let server: ModelServer;

  beforeAll(async () => {
    let patch = '';
    server = await startModelServer(
      (_request, n) => (n === 0 ? callTool('swe_apply_patch', { patch }) : callTool('submit', {})),
      { key },
    );
    vscode = await VsCode.start({
      env: { OPENAI_API_KEY: '', BENCHYARD_API_KEY: '' },
      settings: {
        'benchyard.agent': 'runner',
        'benchyard.model': 'openai:gpt-5',
        'benchyard.modelBaseUrl': server.baseUrl,
        'benchyard.modelPrices': { scripted: { input: 1, output: 2 } },
        'benchyard.maxCost': 5,
      },
    });
    ({ workbench } = vscode);
    ({ patch } = await sampleRow(vscode.folder, SAMPLE_TASK));
    await workbench.openContainer('Benchyard');
    await workbench
      .tree('Tasks')
      .item(new RegExp(`^${SAMPLE_TASK}`))
      .waitFor();
  });

  afterAll(async () => {
    await workbench.screenshot('model-key-last');
    await vscode[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  async function type(text: string): Promise<void> {
    const input = workbench.quickInput();
    await input.fill(text);
    await input.press('Enter');
  }

  test('that is missing is an error that says so and offers to enter it', async () => {
    await workbench.tree('Tasks').inlineAction(new RegExp(`^${SAMPLE_TASK}`), 'Run');
    await workbench.page
      .getByRole('button', { name: 'Enter Key' })
      .first()
      .click({ timeout: RUN_LIMIT_MS });
    await workbench.pick(/^OpenAI-compatible server/);
    const box = workbench.quickInput();
    await expect.poll(() => box.getAttribute('type')).toBe('password');
    await workbench.screenshot('model-key');
    await type(key);
    // The extension looks at the key before the box closes; another key press would dismiss it.
    await box.waitFor({ state: 'hidden' });
  });

  test('that is stored is said to be so, and never shown', async () => {
    // The key is on its way to the storage when the box closes.
    const said = async (): Promise<boolean> => {
      await workbench.palette('Benchyard: Set Model Key…');
      await workbench.quickOption(/^OpenAI-compatible server/).waitFor();
      const stored = await workbench.quickOption(/^OpenAI-compatible server, stored/).count();
      await workbench.page.keyboard.press('Escape');
      await workbench.quickInput().waitFor({ state: 'hidden' });
      return stored > 0;
    };
    await expect.poll(said).toBe(true);
  });

  test('of a provider that has none is asked for once; who leaves starts nothing', async () => {
    await workbench.tree('Tasks').contextMenu(new RegExp(`^${SAMPLE_TASK}`), 'Run with Agent…');
    await workbench.pick(/^runner/);
    await workbench.quickOption(/^openai:gpt-5, from the settings/).waitFor();
    await workbench.screenshot('model-pick');
    await workbench.pick(/^openai:gpt-5/);
    const box = workbench.quickInput();
    await expect.poll(() => box.getAttribute('type')).toBe('password');
    await workbench.page.keyboard.press('Escape');
    expect(server.requests).toEqual([]);
  });

  test(
    'goes to its server only: the agent solves the task, and no file has it',
    async () => {
      await workbench.tree('Tasks').contextMenu(new RegExp(`^${SAMPLE_TASK}`), 'Run with Agent…');
      await workbench.pick(/^runner/);
      await workbench.pick(/^Another model…/);
      // The box of the choice may be there for a moment more.
      await workbench.page.getByText('Name of the model, or provider:name').first().waitFor();
      await type('scripted');
      await workbench.pick(/^Start Run/);
      const runs = workbench.tree('Runs');
      const name = await runs.nameOf(/^runner.*finished/, RUN_LIMIT_MS);
      expect(name).toContain('1 of 1 resolved');
      expect(server.requests).toHaveLength(2);
      await workbench.screenshot('model-run');
      const found = await filesWith(key, path.dirname(vscode.folder));
      expect(found).toEqual([]);
      // The search finds what is there.
      expect(await filesWith('scripted', vscode.folder)).not.toEqual([]);
    },
    RUN_LIMIT_MS,
  );

  test('that was cleared is gone', async () => {
    await workbench.palette('Benchyard: Clear Model Key…');
    await workbench.pick(/^OpenAI-compatible server/);
    await workbench.palette('Benchyard: Clear Model Key…');
    await workbench.page.getByText('No key is stored.').first().waitFor();
  });
});
