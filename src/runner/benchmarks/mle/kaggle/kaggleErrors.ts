import { isPassing, unavailable } from '../../../download/unavailable';
import { RunnerError } from '../../../model';
import { howToGetToken } from './credentials';

/** An answer that is none. */
export interface Refusal {
  readonly status: number;
  /** Kaggle's own words; empty where there are none. */
  readonly said: string;
  /** What was asked for, for people: `titanic/train.csv`. */
  readonly what: string;
  /** The competition's name at Kaggle. */
  readonly slug: string;
  /** Where the credentials are from. */
  readonly from: string;
  /** How long Kaggle wants to be left alone. */
  readonly afterMs: number;
}

/** A single file that is refused, although others of the competition may not be. */
export class FileRefused extends Error {
  readonly error: RunnerError;

  constructor(error: RunnerError) {
    super(error.message);
    this.name = 'FileRefused';
    this.error = error;
  }
}

/** Whether the refusal is about the file, and not about who asks or the competition. */
export function isAboutFile(refusal: Refusal): boolean {
  return [400, 403, 404, 405, 410].includes(refusal.status) && !wantsRules(refusal);
}

/** What a refusal means, and what to do. */
export function refusalError(refusal: Refusal): RunnerError {
  const { status, said, what, slug, from } = refusal;
  const answer = said === '' ? String(status) : `${String(status)}: ${said}`;
  const rules = `https://www.kaggle.com/c/${encodeURIComponent(slug)}/rules`;
  if (wantsRules(refusal))
    return unavailable(
      `Kaggle gives ${slug} only to those who have accepted its rules: open ${rules}, accept them with the account of ${from}, and start this again.`,
    );
  if (status === 401)
    return unavailable(
      `Kaggle does not accept the credentials in ${from} (${answer}): they may be old or mistyped; ${howToGetToken} and put it there.`,
    );
  if (status === 403)
    return unavailable(
      `Kaggle denies ${what} to the account of ${from} (${answer}): check the competition's name, and whether that account has joined it and accepted its rules (${rules}).`,
    );
  if (status === 404)
    return new RunnerError(
      'not-found',
      `Kaggle has no ${what}: check the name (https://www.kaggle.com/c/${encodeURIComponent(slug)}).`,
    );
  return unavailable(`${what}: Kaggle answered ${answer}.${patience(refusal)}`, {
    retryable: isPassing(status),
  });
}

function wantsRules({ status, said }: Refusal): boolean {
  return status === 403 && /accept\b.*\brules|RulesAcceptanceRequired/i.test(said);
}

function patience({ status, afterMs }: Refusal): string {
  if (status !== 429) return '';
  if (afterMs === 0) return ' It was asked too often.';
  return ` It was asked too often, and wants to be left alone for ${String(Math.ceil(afterMs / 1000))} seconds.`;
}
