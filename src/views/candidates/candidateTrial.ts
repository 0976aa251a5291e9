import * as vscode from 'vscode';
import { candidateCases } from '../../presentation/candidateCases';
import { kindLabel, testKinds } from '../../presentation/contestLabels';
import { describeError } from '../../presentation/errorActions';
import { toCrLf } from '../../presentation/format';
import { toRunConfig } from '../../presentation/runSettings';
import { UserError } from '../../presentation/userError';
import type { ContestTask, RunConfigInput, TestKind } from '../../runner/index';
import type { Config } from '../config';
import type { RunControl } from '../runControl';
import type { RunEntry } from '../runsModel';
import type { ShowError } from '../showError';
import type { TrialContent } from '../trialContent';
import type { CandidateItem, CandidateItems } from './candidateItems';
import { CandidateReport } from './candidateReport';
import type { ContestContents } from './contestContents';

export interface CandidateTrialParts {
  readonly config: Config;
  readonly control: RunControl;
  readonly content: TrialContent;
  readonly contests: ContestContents;
  /** Where a program is put for its run, which keeps a copy of its own. */
  readonly storage: vscode.Uri;
  readonly showError: ShowError;
  /** Told a run's entry before anything else is told of it. */
  readonly onBegin: (run: RunEntry) => void;
}

interface CandidateTrialOptions extends CandidateTrialParts {
  readonly kinds: readonly TestKind[];
  readonly signal: AbortSignal;
  readonly items: CandidateItems;
}

interface CountedKind {
  readonly kind: TestKind;
  readonly count: number;
}

/** Runs a program, as its editor holds it, on tests of its task by a run of its own, and tells Test Results. */
export async function runCandidate(
  run: vscode.TestRun,
  candidate: CandidateItem,
  options: CandidateTrialOptions,
): Promise<void> {
  const { item, uri, task } = candidate;
  const { signal, showError } = options;
  let report = new CandidateReport(run, { item, uri, items: new Map() });
  try {
    if (signal.aborted) {
      report.skipAll();
      return;
    }
    const kinds = await countTests(task, options);
    const items = options.items.tests(candidate, kinds);
    for (const test of items.values()) run.started(test);
    report = new CandidateReport(run, { item, uri, items });
    run.appendOutput(toCrLf(`${item.label} · ${task.name} · ${describeKinds(kinds)}\n`));
    await judge(run, { candidate, kinds, report }, options);
  } catch (error) {
    const shown = describeError(error);
    if (shown === null || signal.aborted) {
      report.skipAll();
      return;
    }
    report.failAll(shown.message);
    showError(error);
  }
}

async function judge(
  run: vscode.TestRun,
  {
    candidate,
    kinds,
    report,
  }: {
    readonly candidate: CandidateItem;
    readonly kinds: readonly CountedKind[];
    readonly report: CandidateReport;
  },
  { control, config, content, storage, signal, onBegin }: CandidateTrialOptions,
): Promise<void> {
  const { task, language } = candidate;
  const progress = control.onProgress((line) => {
    if (line !== '') run.appendOutput(toCrLf(`${line}\n`));
  });
  const file = await writeCandidate(candidate, storage);
  try {
    const chosen = { ...configOf(task, kinds), candidates: file.fsPath };
    const { run: entry, outcome } = await control.run(
      toRunConfig(config.run, {
        tasks: [task.source.file],
        task_ids: [task.taskId],
        agent: 'candidates',
        attempts: 1,
        model: '',
        skip_bad: true,
        contests: chosen,
      }),
      { signal, onBegin },
    );
    const [result] = outcome.results;
    const [trial] = outcome.state.plan?.trials ?? [];
    if (signal.aborted || result === undefined || trial === undefined) {
      report.skipAll();
      return;
    }
    const { tests } = await content.files({ run: entry, trialId: trial.trial_id });
    const after = tests?.after ?? null;
    if (after === null) {
      report.failAll(result.detail ?? result.cause ?? result.status);
      throw new UserError(
        vscode.l10n.t('The tests could not be run: {0}', result.detail ?? result.status),
      );
    }
    report.show(candidateCases(after, language));
  } finally {
    progress.dispose();
    await vscode.workspace.fs.delete(file);
  }
}

/** One program has a pass@1 and no other. */
function configOf(
  task: ContestTask,
  kinds: readonly CountedKind[],
): NonNullable<RunConfigInput['contests']> {
  const tests = kinds.map(({ kind }) => kind);
  return { k_values: [1], ...(task.style === 'program' ? {} : { tests }) };
}

/** The tests that are asked for; where there are none of them, those that there are. */
async function countTests(
  task: ContestTask,
  { kinds, contests }: CandidateTrialOptions,
): Promise<readonly CountedKind[]> {
  if (task.style === 'program') return [];
  const count = async (kind: TestKind): Promise<CountedKind> => ({
    kind,
    count: (await contests.tests(task, kind)).length,
  });
  const asked = await Promise.all(kinds.map(count));
  if (asked.some((one) => one.count > 0)) return asked.filter((one) => one.count > 0);
  for (const kind of testKinds) {
    const other = await count(kind);
    if (other.count > 0) return [other];
  }
  throw new UserError(vscode.l10n.t('{0} has no tests to run a program on.', task.name));
}

function describeKinds(kinds: readonly CountedKind[]): string {
  return kinds.length === 0
    ? vscode.l10n.t('its own tests')
    : kinds.map(({ kind, count }) => `${String(count)} ${kindLabel(kind)}`).join(', ');
}

/** What the editor holds, saved or not, in the form that the agent `candidates` reads. */
async function writeCandidate(
  { uri, task, language }: CandidateItem,
  storage: vscode.Uri,
): Promise<vscode.Uri> {
  const document = await vscode.workspace.openTextDocument(uri);
  const row = {
    task_name: task.taskId,
    language,
    solution_candidates: [document.getText()],
  };
  const folder = vscode.Uri.joinPath(storage, 'candidates');
  await vscode.workspace.fs.createDirectory(folder);
  const file = vscode.Uri.joinPath(folder, `${crypto.randomUUID()}.jsonl`);
  await vscode.workspace.fs.writeFile(file, Buffer.from(`${JSON.stringify(row)}\n`));
  return file;
}
