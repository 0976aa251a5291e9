import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { competitionConfigSchema } from '../../../src/runner/model';

/** A competition of a test's own, prepared: its answers, its sample submission and how it is graded. */
export class OwnCompetition {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async in(
    folder: string,
    made: {
      /** As config.yaml has it. */
      readonly grader: unknown;
      readonly answers: string;
      readonly sample: string;
      /** Programs beside config.yaml, by name. */
      readonly programs?: Readonly<Record<string, string>>;
    },
  ): Promise<OwnCompetition> {
    const config = competitionConfigSchema.parse({
      id: 'own',
      name: 'Own',
      dataset: { answers: 'answers.csv', sample_submission: 'sample.csv' },
      grader: made.grader,
    });
    const files = {
      'competition/config.json': JSON.stringify(config),
      'private/answers.csv': made.answers,
      'public/sample.csv': made.sample,
    };
    for (const [name, text] of Object.entries(files)) await write(path.join(folder, name), text);
    for (const [name, text] of Object.entries(made.programs ?? {}))
      await write(path.join(folder, 'competition', name), text);
    return new OwnCompetition(folder);
  }

  get answers(): string {
    return path.join(this.#folder, 'private', 'answers.csv');
  }

  /** Writes a submission; answers where it is. */
  async submission(name: string, content: string | Uint8Array): Promise<string> {
    const file = path.join(this.#folder, 'submissions', name);
    await write(file, content);
    return file;
  }

  /** Arguments of mle_grade.py. */
  argv(submission: string, ...more: readonly string[]): readonly string[] {
    const at = (name: string): string => path.join(this.#folder, name);
    return [
      ...['--competition', at('competition'), '--public', at('public')],
      ...['--private', at('private'), '--submission', submission, ...more],
    ];
  }
}

async function write(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}
