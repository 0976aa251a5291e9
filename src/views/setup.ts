import * as vscode from 'vscode';
import type { DoctorReport } from '../runner/index';
import { setContextKey } from './contextKeys';
import type { Core } from './core';

/** What the machine lacks, as `doctor` found it. Looked at when a view is first shown or the user asks. */
export class Setup {
  readonly #core: Core;
  readonly #changed = new vscode.EventEmitter<DoctorReport>();
  readonly #abort = new AbortController();
  #checking: Promise<DoctorReport> | undefined;

  readonly onDidCheck = this.#changed.event;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Checks once, unless it was done. */
  ensureChecked(): Promise<DoctorReport> {
    this.#checking ??= this.check();
    return this.#checking;
  }

  async check(): Promise<DoctorReport> {
    const runner = await this.#core.runner();
    const report = await runner.doctor({ signal: this.#abort.signal });
    setContextKey('benchyard.sandboxMissing', !report.ok);
    this.#changed.fire(report);
    return report;
  }

  dispose(): void {
    this.#abort.abort();
    this.#changed.dispose();
  }
}

/** What keeps tasks from running, in one line; empty when nothing does. */
export function setupNotice(report: DoctorReport): string {
  if (report.ok) return '';
  const broken = report.checks.filter((check) => !check.ok);
  return broken
    .slice(0, 1)
    .map((check) => vscode.l10n.t('Tasks cannot run yet. {0}: {1}.', check.id, check.found))
    .join('');
}
