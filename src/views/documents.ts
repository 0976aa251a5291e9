import * as vscode from 'vscode';
import { stripAnsi } from '../presentation/format';
import { UserError } from '../presentation/userError';
import type { ContestContents } from './candidates/contestContents';
import type { DocumentQuery, TaskDocument, TrialDocument } from './documentQuery';
import type { TaskContent } from './taskContent';
import type { FlowPrograms } from './trajectory/flowPrograms';
import type { StepChanges } from './trajectory/stepChanges';
import type { TrialContent, TrialRef } from './trialContent';

export const documentScheme = 'benchyard';

/** The URI of a document; `path` gives its tab a name and its editor a language. */
export function documentUri(query: DocumentQuery, path: string): vscode.Uri {
  return vscode.Uri.from({
    scheme: documentScheme,
    path: `/${path}`,
    query: JSON.stringify(query),
  });
}

/** The document that a URI names. Rejects what this extension did not make. */
export async function parseDocumentUri(uri: vscode.Uri): Promise<{
  readonly query: DocumentQuery;
  readonly path: string;
}> {
  let value: unknown;
  try {
    value = JSON.parse(uri.query);
  } catch {
    value = undefined;
  }
  // Loaded when the first document is opened: the schema library takes a third of the time to activate.
  const { documentSchema } = await import('./documentQuery');
  const parsed = documentSchema.safeParse(value);
  if (!parsed.success) throw new UserError(vscode.l10n.t('This is not a document of Benchyard.'));
  return { query: parsed.data, path: uri.path.slice(1) };
}

export interface DocumentParts {
  readonly content: TrialContent;
  readonly changes: StepChanges;
  readonly programs: FlowPrograms;
  readonly contests: ContestContents;
  readonly taskContent: TaskContent;
}

/** Content of the read-only documents: sides of diffs, tested files, outputs, logs, what tasks ask for. */
export class Documents implements vscode.TextDocumentContentProvider {
  readonly #content: TrialContent;
  readonly #changes: StepChanges;
  readonly #programs: FlowPrograms;
  readonly #contests: ContestContents;
  readonly #tasks: TaskContent;

  constructor({ content, changes, programs, contests, taskContent }: DocumentParts) {
    this.#content = content;
    this.#changes = changes;
    this.#programs = programs;
    this.#contests = contests;
    this.#tasks = taskContent;
  }

  register(): vscode.Disposable {
    return vscode.workspace.registerTextDocumentContentProvider(documentScheme, this);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { query, path } = await parseDocumentUri(uri);
    return isTrialDocument(query) ? this.#ofTrial(query, path) : this.#ofTasks(query);
  }

  #ofTasks(query: TaskDocument): Promise<string> {
    switch (query.kind) {
      case 'statement':
        return this.#tasks.statement(query.file, query.task);
      case 'taskPatch':
        return this.#tasks.patch(query.file, query.task, query.patch);
      case 'contestTest':
        return this.#testText(query);
      case 'contestTests':
        return this.#contests.page(query);
      case 'validation':
        return this.#tasks.validationReport();
    }
  }

  async #ofTrial(query: TrialDocument, path: string): Promise<string> {
    const trial = await this.#content.byIds(query.run, query.trial);
    switch (query.kind) {
      case 'file':
        return this.#file(trial, query, path);
      case 'tested':
        return (await this.#content.testedFile(trial, path)) ?? '';
      case 'step':
        return this.#stepFile(trial, query, path);
      case 'program':
        return this.#programs.program(trial, query.step, query.side);
      case 'candidate':
        return this.#candidate(trial, query.index);
      case 'flowTest':
        return this.#programs.testText(trial, query, query.side);
      case 'output':
        return stripAnsi(await this.#content.stepOutput(trial, query.file));
      case 'patch':
        return this.#content.patch(trial, 'trial');
      case 'log':
        return stripAnsi((await this.#content.log(trial, query.stage)) ?? '');
    }
  }

  async #testText(query: Extract<DocumentQuery, { kind: 'contestTest' }>): Promise<string> {
    const task = await this.#contests.task(query.file, query.task);
    const place = { kind: query.tests, index: query.index };
    return this.#contests.testText(task, place, query.side);
  }

  async #candidate(trial: TrialRef, index: number): Promise<string> {
    return (await this.#contests.candidates(trial))[index]?.program.source ?? '';
  }

  async #file(
    trial: TrialRef,
    { patch, side }: Extract<DocumentQuery, { kind: 'file' }>,
    path: string,
  ): Promise<string> {
    const files = await this.#content.patched(trial, patch);
    const file = files.find((candidate) => candidate.path === path);
    return (side === 'base' ? file?.base : file?.patched) ?? '';
  }

  async #stepFile(
    trial: TrialRef,
    { from, to, side }: Extract<DocumentQuery, { kind: 'step' }>,
    path: string,
  ): Promise<string> {
    const files = await this.#changes.files(trial, { from, to });
    const file = files.find((candidate) => candidate.path === path);
    return (side === 'before' ? file?.base : file?.patched) ?? '';
  }
}

/** Whether a document is about a trial of a run; the others are about tasks. */
export function isTrialDocument(query: DocumentQuery): query is TrialDocument {
  return 'run' in query;
}
