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

/** What keeps tasks from running; empty when nothing does. */
export function setupNotice(report: DoctorReport): string {
  if (report.ok) return '';
  const needed = ['docker', 'bubblewrap', 'git'];
  const broken = report.checks.filter((check) => !check.ok && needed.includes(check.id));
  const found = broken.map((check) => check.found).join('; ');
  return vscode.l10n.t('Tasks cannot run yet: {0}. “Check Setup” tells what to do.', found);
}
