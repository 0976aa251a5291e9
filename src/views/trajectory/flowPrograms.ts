import * as vscode from 'vscode';
import { programExtension } from '../../presentation/flowLabels';
import { UserError } from '../../presentation/userError';
import type { TrajectoryStep } from '../../runner/index';
import type { Core } from '../core';
import { openDiff } from '../diffs';
import type { Disposes } from '../disposables';
import { documentUri } from '../documents';
import type { TrialContent, TrialRef } from '../trialContent';
import { TrialSteps } from './trialSteps';

type Outcome = Extract<TrajectoryStep, { readonly kind: 'outcome' }>;
export type ProgramSide = 'before' | 'after';
export type FlowTestSide = 'expected' | 'actual';

/** What the stages of a flow wrote and ran, as native documents. They need the run folder only. */
export class FlowPrograms implements Disposes {
  readonly #core: Core;
  readonly #content: TrialContent;
  readonly #abort = new AbortController();

  constructor(core: Core, content: TrialContent) {
    this.#core = core;
    this.#content = content;
  }

  /** A side of what a step made of the program; empty: there was none. */
  async program(trial: TrialRef, step: number, side: ProgramSide): Promise<string> {
    const outcome = await this.#outcome(trial, step);
    return (side === 'after' ? outcome.code : outcome.previous)?.source ?? '';
  }

  async testText(
    trial: TrialRef,
    place: { readonly step: number; readonly test: number },
    side: FlowTestSide,
  ): Promise<string> {
    const { tests } = await this.#outcome(trial, place.step);
    return tests[place.test]?.[side] ?? '';
  }

  /** The program as a stage left it. */
  async open(trial: TrialRef, step: number): Promise<void> {
    const { code } = await this.#outcome(trial, step);
    if (code === null) throw new UserError(vscode.l10n.t('This stage wrote no program.'));
    const uri = this.#programUri(trial, { step, side: 'after' }, code.language);
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  /**
   * How the program changed from before the first of some steps until after the last of them. false: none of them wrote
   * a program.
   */
  async openDiff(
    trial: TrialRef,
    { from, to }: { readonly from: number; readonly to: number },
  ): Promise<boolean> {
    const steps = this.#steps(trial);
    const numbers = (await steps.readOn()).flatMap(({ step, outcome }) =>
      step >= from && step <= to && outcome !== undefined && outcome.program !== 'none'
        ? [step]
        : [],
    );
    const [first] = numbers;
    const last = numbers.at(-1);
    if (first === undefined || last === undefined) return false;
    const { code, flow } = await this.#outcome(trial, last);
    const language = code?.language ?? '';
    const { plan } = await this.#content.state(trial);
    const name =
      first === last
        ? stageName(flow) || vscode.l10n.t('step {0}', last)
        : vscode.l10n.t('steps {0} to {1}', first, last);
    await openDiff(`${plan.task_id}: ${name}`, [
      {
        path: this.#fileName(trial, language),
        left: this.#programUri(trial, { step: first, side: 'before' }, language),
        right: this.#programUri(trial, { step: last, side: 'after' }, language),
      },
    ]);
    return true;
  }

  /** What a test expected against what the program said. */
  async openTest(trial: TrialRef, step: number, test: number): Promise<void> {
    const { tests, flow } = await this.#outcome(trial, step);
    const shown = tests[test];
    if (shown === undefined) return;
    const uri = (side: FlowTestSide): vscode.Uri =>
      documentUri(
        { kind: 'flowTest', run: trial.run.listing.runId, trial: trial.trialId, step, test, side },
        `${shown.name.replaceAll('/', '_')} ${side}.txt`,
      );
    const title = [stageName(flow), shown.name].filter((part) => part !== '').join(', ');
    await openDiff(vscode.l10n.t('{0}: expected ↔ actual', title), [
      { path: shown.name, left: uri('expected'), right: uri('actual') },
    ]);
  }

  dispose(): void {
    this.#abort.abort();
  }

  #programUri(
    trial: TrialRef,
    place: { readonly step: number; readonly side: ProgramSide },
    language: string,
  ): vscode.Uri {
    const { runId } = trial.run.listing;
    return documentUri(
      { kind: 'program', run: runId, trial: trial.trialId, ...place },
      this.#fileName(trial, language),
    );
  }

  #fileName({ trialId }: TrialRef, language: string): string {
    return `${trialId.replaceAll('/', '_')}.${programExtension(language)}`;
  }

  #steps(trial: TrialRef): TrialSteps {
    return new TrialSteps(this.#core, trial, { signal: this.#abort.signal });
  }

  async #outcome(trial: TrialRef, step: number): Promise<Outcome> {
    const steps = this.#steps(trial);
    await steps.readOn();
    const [body] = await steps.bodies([step]);
    if (body?.kind === 'outcome') return body;
    throw new UserError(vscode.l10n.t('Step {0} is not the outcome of a stage.', step));
  }
}

/** `Fix 2` */
function stageName(flow: Outcome['flow']): string {
  if (flow === undefined) return '';
  return flow.iteration === null ? flow.title : `${flow.title} ${String(flow.iteration)}`;
}
