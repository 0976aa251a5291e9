import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../../src/commands/services';

export const EXTENSION_ID = 'benchyard.benchyard';

/** A sample task that is quick and needs neither numpy nor pandas. */
export const SAMPLE_TASK = 'textkit__slugify-unicode';

export function extension(): vscode.Extension<Services> {
  const found = vscode.extensions.getExtension<Services>(EXTENSION_ID);
  assert.ok(found, `the extension ${EXTENSION_ID} is not installed`);
  return found;
}

/** The parts of the running extension, as its commands have them. */
export async function services(): Promise<Services> {
  return extension().activate();
}

/** A file of the workspace, which is a copy of the samples. */
export function inWorkspace(...parts: readonly string[]): string {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'no folder is open');
  return path.join(folder.uri.fsPath, ...parts);
}

const seedTasks = 'seed_tasks.jsonl';

/** A row of the sample tasks, to make other tasks of. */
export async function sampleRow(taskId: string): Promise<Record<string, unknown>> {
  const lines = (await readFile(inWorkspace(seedTasks), 'utf8')).split('\n');
  const rows = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as unknown);
  const row = rows.find((candidate) => isRecord(candidate) && candidate['task_id'] === taskId);
  assert.ok(isRecord(row), `the samples have no task ${taskId}`);
  return row;
}

/** Writes a task file into the workspace; text stands for a line as it is. */
export async function writeTasks(
  name: string,
  rows: readonly (string | Readonly<Record<string, unknown>>)[],
): Promise<vscode.Uri> {
  const lines = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row)));
  await writeFile(inWorkspace(name), `${lines.join('\n')}\n`);
  return vscode.Uri.file(inWorkspace(name));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
