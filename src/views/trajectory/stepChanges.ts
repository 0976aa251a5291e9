import * as vscode from 'vscode';
import { baseName } from '../../presentation/patchTitles';
import { UserError } from '../../presentation/userError';
import type { PatchedFile, StepRange } from '../../runner/index';
import type { Core } from '../core';
import type { DiffPair } from '../diffs';
import { openDiff } from '../diffs';
import type { Disposes } from '../disposables';
import { documentUri, isTrialDocument, parseDocumentUri } from '../documents';
import type { TrialContent, TrialRef } from '../trialContent';
import type { FlowPrograms } from './flowPrograms';

const rememberedRanges = 20;

/** A step of a trial. */
export interface StepRef {
  readonly trial: TrialRef;
  readonly step: number;
}

/** What an agent's steps changed: as native diffs, and back from a line to the step that wrote it. */
export class StepChanges implements Disposes {
  readonly #core: Core;
  readonly #content: TrialContent;
  readonly #programs: FlowPrograms;
  readonly #abort = new AbortController();
  /** Steps that were done do not change. The oldest goes first. */
  readonly #files = new Map<string, Promise<readonly PatchedFile[]>>();

  constructor(core: Core, content: TrialContent, options: { readonly programs: FlowPrograms }) {
    this.#core = core;
    this.#content = content;
    this.#programs = options.programs;
  }

  /** Opens what changed in a range of steps, of a flow its program; tells the user when nothing did. */
  async open(trial: TrialRef, range: StepRange): Promise<void> {
    if (await this.#programs.openDiff(trial, { from: range.from + 1, to: range.to })) return;
    const [state, files] = await Promise.all([
      this.#content.state(trial),
      this.files(trial, range),
    ]);
    const name = rangeName(range);
    const [first] = files;
    if (first === undefined) {
      void vscode.window.showInformationMessage(vscode.l10n.t('No file changed: {0}.', name));
      return;
    }
    const uri = (path: string, side: 'before' | 'after'): vscode.Uri => {
      const { runId } = trial.run.listing;
      return documentUri({ kind: 'step', run: runId, trial: trial.trialId, ...range, side }, path);
    };
    const pairs = files.map((file): DiffPair => ({
      path: file.path,
      left: file.base === null ? undefined : uri(file.path, 'before'),
      right: file.patched === null ? undefined : uri(file.path, 'after'),
    }));
    const title = `${state.plan.task_id}: ${name}`;
    await openDiff(files.length === 1 ? `${title}: ${baseName(first.path)}` : title, pairs);
  }

  /** Both sides of what changed. Git reads them, so the workspace has to be trusted. */
  async files(trial: TrialRef, range: StepRange): Promise<readonly PatchedFile[]> {
    requireTrust();
    return this.#remembered(trial, range);
  }

  /** The step that wrote a line (from 1) of one of our documents. Tells the user when no step did. */
  async stepOfLine(uri: vscode.Uri, line: number): Promise<StepRef> {
    requireTrust();
    const { query, path } = await parseDocumentUri(uri);
    const at = stateOf(query);
    if (at === null || !isTrialDocument(query)) {
      throw new UserError(
        vscode.l10n.t('This document does not show what the agent’s steps wrote.'),
      );
    }
    const trial = await this.#content.byIds(query.run, query.trial);
    const runner = await this.#core.runner();
    const place = { path, line, ...(at === 'last' ? {} : { at }) };
    const step =
      at === 0
        ? null
        : await runner.stepOfLine(trial.run.listing.runDir, trial.trialId, place, {
            signal: this.#abort.signal,
          });
    if (step === null) {
      throw new UserError(vscode.l10n.t('No step wrote this line: it was there before the agent.'));
    }
    return { trial, step };
  }

  dispose(): void {
    this.#abort.abort();
  }

  #remembered(trial: TrialRef, range: StepRange): Promise<readonly PatchedFile[]> {
    const { runDir } = trial.run.listing;
    const key = [runDir, trial.trialId, range.from, range.to].join('\n');
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const { signal } = this.#abort;
    const files = this.#core
      .runner()
      .then((runner) => runner.stepFiles(runDir, trial.trialId, range, { signal }));
    this.#files.set(key, files);
    // What failed is tried again when it is asked for again.
    files.catch(() => this.#files.delete(key));
    const [oldest] = this.#files.keys();
    if (this.#files.size > rememberedRanges && oldest !== undefined) this.#files.delete(oldest);
    return files;
  }
}

/** Who made the workspace may have made the run folder in it, and git does what a git directory tells it. */
function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new UserError(vscode.l10n.t('Trust this workspace to see what steps changed.'));
}

/** The step after which the files were as a document shows them; null: no state that a step led to. */
function stateOf(
  query: Awaited<ReturnType<typeof parseDocumentUri>>['query'],
): number | 'last' | null {
  switch (query.kind) {
    case 'step':
      return query.side === 'after' ? query.to : query.from;
    case 'file':
      if (query.side === 'base') return 0;
      return query.patch === 'trial' ? 'last' : null;
    case 'tested':
    case 'program':
    case 'flowTest':
    case 'output':
    case 'patch':
    case 'log':
    case 'candidate':
    case 'submission':
    case 'node':
    case 'contestTest':
    case 'contestTests':
    case 'statement':
    case 'taskPatch':
    case 'validation':
    case 'grade':
      return null;
  }
}

function rangeName({ from, to }: StepRange): string {
  if (to === from + 1) return vscode.l10n.t('step {0}', to);
  return from === 0
    ? vscode.l10n.t('start to step {0}', to)
    : vscode.l10n.t('steps {0} to {1}', from + 1, to);
}
