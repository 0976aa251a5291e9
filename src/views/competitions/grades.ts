import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../presentation/userError';
import type { CompetitionReport } from '../../runner/index';
import type { Competitions } from './competitions';

const keptGrades = 50;

/** What grading files by hand came to, kept so that a tab that is restored grades nothing again. */
export class Grades {
  readonly #folder: string;
  readonly #competitions: Competitions;

  constructor(storage: vscode.Uri, competitions: Competitions) {
    this.#folder = path.join(storage.fsPath, 'grades');
    this.#competitions = competitions;
  }

  /** Grades a CSV file against a competition's answers; answers by what `page` finds it again. */
  async grade(
    csv: string,
    competition: string,
    options: { readonly signal: AbortSignal; readonly onProgress: (line: string) => void },
  ): Promise<string> {
    const report = await this.#competitions.ask((runner, call) =>
      runner.gradeSample(csv, competition, {
        ...call,
        signal: AbortSignal.any([call.signal, options.signal]),
        onProgress: options.onProgress,
      }),
    );
    return this.#keep(report);
  }

  /** A grade as a Markdown document. */
  async page(grade: string): Promise<string> {
    const [{ competitionReportSchema }, { gradeStatement }] = await Promise.all([
      import('../../runner/model'),
      import('../../presentation/competitionStatement'),
    ]);
    const text = await readFile(this.#file(grade), 'utf8').catch(() => {
      throw new UserError(vscode.l10n.t('This grade is not kept any more.'));
    });
    const report = competitionReportSchema.parse(JSON.parse(text));
    return gradeStatement(report, await this.#competitions.page(report.competition_id));
  }

  async #keep(report: CompetitionReport): Promise<string> {
    // Its name begins with its time, so that the oldest stand first.
    const grade = `${report.created_at.replaceAll(/[^\dT]/g, '')}-${randomUUID()}`;
    await mkdir(this.#folder, { recursive: true });
    await writeFile(this.#file(grade), JSON.stringify(report));
    const kept = (await readdir(this.#folder)).sort();
    for (const name of kept.slice(0, Math.max(0, kept.length - keptGrades)))
      await rm(path.join(this.#folder, name), { force: true });
    return grade;
  }

  #file(grade: string): string {
    return path.join(this.#folder, `${path.basename(grade)}.json`);
  }
}
