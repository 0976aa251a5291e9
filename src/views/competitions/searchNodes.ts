import * as vscode from 'vscode';
import { nodeOutput } from '../../presentation/nodeOutput';
import { UserError } from '../../presentation/userError';
import type { TrajectoryStep } from '../../runner/index';
import type { Core } from '../core';
import { openDiff } from '../diffs';
import type { Disposes } from '../disposables';
import { documentUri } from '../documents';
import { TrialSteps } from '../trajectory/trialSteps';
import type { TrialContent, TrialRef } from '../trialContent';

type NodeBody = Extract<TrajectoryStep, { readonly kind: 'node' }>;
export type NodePart = 'code' | 'output';

/** The nodes of a search over solutions as native documents: their programs, what these printed, what an improvement changed. */
export class SearchNodes implements Disposes {
  readonly #core: Core;
  readonly #content: TrialContent;
  readonly #abort = new AbortController();

  constructor(core: Core, content: TrialContent) {
    this.#core = core;
    this.#content = content;
  }

  async text(trial: TrialRef, node: number, part: NodePart): Promise<string> {
    const body = await this.#body(trial, node);
    return part === 'code' ? body.code : nodeOutput(body);
  }

  /** The node's program, and beside it what it printed and what was thought of that. */
  async open(trial: TrialRef, node: number): Promise<void> {
    await this.#body(trial, node);
    await vscode.window.showTextDocument(this.#uri(trial, node, { part: 'code' }), {
      preview: false,
    });
    await vscode.window.showTextDocument(this.#uri(trial, node, { part: 'output' }), {
      preview: false,
      preserveFocus: true,
      viewColumn: vscode.ViewColumn.Beside,
    });
  }

  /** How a node's program differs from the one that it was made from. */
  async compareWithParent(trial: TrialRef, node: number): Promise<void> {
    const { parent } = await this.#body(trial, node);
    if (parent === null)
      throw new UserError(vscode.l10n.t('Node {0} is a draft: it was made from nothing.', node));
    const { plan } = await this.#content.state(trial);
    await openDiff(vscode.l10n.t('{0}: node {1} ↔ node {2}', plan.task_id, parent, node), [
      {
        path: 'solution.py',
        left: this.#uri(trial, parent, { part: 'code' }),
        right: this.#uri(trial, node, { part: 'code' }),
      },
    ]);
  }

  dispose(): void {
    this.#abort.abort();
  }

  #uri(trial: TrialRef, node: number, { part }: { readonly part: NodePart }): vscode.Uri {
    const query = { kind: 'node', run: trial.run.listing.runId, trial: trial.trialId } as const;
    const name = part === 'code' ? `node ${String(node)}.py` : `node ${String(node)} output.txt`;
    return documentUri({ ...query, node, part }, name);
  }

  async #body(trial: TrialRef, node: number): Promise<NodeBody> {
    const { nodes } = await this.#content.state(trial);
    const found = nodes.find((candidate) => candidate.node === node);
    if (found !== undefined) {
      const steps = new TrialSteps(this.#core, trial, { signal: this.#abort.signal });
      await steps.readOn();
      const [body] = await steps.bodies([found.step]);
      if (body?.kind === 'node') return body;
    }
    throw new UserError(vscode.l10n.t('The trial has no node {0}.', node));
  }
}
