import * as vscode from 'vscode';
import { stripAnsi } from '../presentation/format';
import { UserError } from '../presentation/userError';
import type { ContestContents } from './candidates/contestContents';
import type { Grades } from './competitions/grades';
import type { SearchNodes } from './competitions/searchNodes';
import type { SubmissionTables } from './competitions/submissionTables';
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
  readonly grades: Grades;
  readonly nodes: SearchNodes;
  readonly tables: SubmissionTables;
  readonly taskContent: TaskContent;
}

/** Content of the read-only documents: sides of diffs, tested files, outputs, logs, what tasks ask for. */
export class Documents implements vscode.TextDocumentContentProvider {
  readonly #parts: DocumentParts;

  constructor(parts: DocumentParts) {
    this.#parts = parts;
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
        return this.#parts.taskContent.statement(query.file, query.task);
      case 'taskPatch':
        return this.#parts.taskContent.patch(query.file, query.task, query.patch);
      case 'contestTest':
        return this.#testText(query);
      case 'contestTests':
        return this.#parts.contests.page(query);
      case 'validation':
        return this.#parts.taskContent.validationReport();
      case 'grade':
        return this.#parts.grades.page(query.grade);
    }
  }

  async #ofTrial(query: TrialDocument, path: string): Promise<string> {
    const trial = await this.#parts.content.byIds(query.run, query.trial);
    switch (query.kind) {
      case 'file':
        return this.#file(trial, query, path);
      case 'tested':
        return (await this.#parts.content.testedFile(trial, path)) ?? '';
      case 'step':
        return this.#stepFile(trial, query, path);
      case 'program':
        return this.#parts.programs.program(trial, query.step, query.side);
      case 'candidate':
        return this.#candidate(trial, query.index);
      case 'submission':
        return this.#parts.tables.text(trial, query.side);
      case 'node':
        return this.#parts.nodes.text(trial, query.node, query.part);
      case 'flowTest':
        return this.#parts.programs.testText(trial, query, query.side);
      case 'output':
        return stripAnsi(await this.#parts.content.stepOutput(trial, query.file));
      case 'patch':
        return this.#parts.content.patch(trial, 'trial');
      case 'log':
        return stripAnsi((await this.#parts.content.log(trial, query.stage)) ?? '');
    }
  }

  async #testText(query: Extract<DocumentQuery, { kind: 'contestTest' }>): Promise<string> {
    const task = await this.#parts.contests.task(query.file, query.task);
    const place = { kind: query.tests, index: query.index };
    return this.#parts.contests.testText(task, place, query.side);
  }

  async #candidate(trial: TrialRef, index: number): Promise<string> {
    return (await this.#parts.contests.candidates(trial))[index]?.program.source ?? '';
  }

  async #file(
    trial: TrialRef,
    { patch, side }: Extract<DocumentQuery, { kind: 'file' }>,
    path: string,
  ): Promise<string> {
    const files = await this.#parts.content.patched(trial, patch);
    const file = files.find((candidate) => candidate.path === path);
    return (side === 'base' ? file?.base : file?.patched) ?? '';
  }

  async #stepFile(
    trial: TrialRef,
    { from, to, side }: Extract<DocumentQuery, { kind: 'step' }>,
    path: string,
  ): Promise<string> {
    const files = await this.#parts.changes.files(trial, { from, to });
    const file = files.find((candidate) => candidate.path === path);
    return (side === 'before' ? file?.base : file?.patched) ?? '';
  }
}

/** Whether a document is about a trial of a run; the others are about tasks. */
export function isTrialDocument(query: DocumentQuery): query is TrialDocument {
  return 'run' in query;
}
