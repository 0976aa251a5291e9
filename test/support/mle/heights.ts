import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

const config = (generated: boolean): string => `
id: heights
name: Heights
kaggle: heights-of-people
dataset:
  answers: answers.csv
  sample_submission: sample_submission.csv
  gold_submission: gold.csv
  train:
    file: train.csv
    target: height
    id_column: id
grader:
  metric: rmse
  id_column: id
  target_columns: [height]
preparer: prepare.py:prepare
${generated ? 'generator: generate.py:generate\n' : ''}`;

const prepare = `
import pandas as pd
from mle_api import raw_file, write_csv

def prepare(raw, public, private):
    people = pd.read_csv(raw_file(raw, 'people.csv'))
    train, test = people[20:], people[:20]
    answers = test[['id', 'height']]
    write_csv(train, public / 'train.csv')
    write_csv(test.drop(columns='height'), public / 'test.csv')
    write_csv(answers.assign(height=100), public / 'sample_submission.csv')
    write_csv(answers, private / 'answers.csv')
    write_csv(answers, private / 'gold.csv')
`;

const generate = `
from pathlib import Path

def generate(raw, seed):
    print('people are made')
    (raw / 'people.csv').write_text(${JSON.stringify(people())})
`;

/** The raw data: whoever has an even age is 90 high, everybody else 110. So the sample submission's RMSE is 10. */
export function people(): string {
  const rows = Array.from({ length: 60 }, (_, n) => `p${n},${n},${n % 2 === 0 ? 90 : 110}`);
  return `id,age,height\n${rows.join('\n')}\n`;
}

/** The ten teams of the leaderboard have 1 to 10: gold up to 1, silver up to 2, bronze up to 4, the median is 5.5. */
const leaderboard = `score\n${Array.from({ length: 10 }, (_, n) => n + 1).join('\n')}\n`;

/** A submission that is everywhere off by so much, which is its RMSE. */
export function heightsOff(by: number): string {
  const rows = people()
    .split('\n')
    .slice(1, 21)
    .map((row) => row.split(','));
  return `id,height\n${rows.map(([id, , height]) => `${id},${Number(height) + by}`).join('\n')}\n`;
}

/** Writes a competition of a user's own into a folder of such: whole, with nothing but pandas in its programs. */
export async function writeHeights(
  registry: string,
  { generated = false }: { readonly generated?: boolean } = {},
): Promise<void> {
  const folder = path.join(registry, 'heights');
  await mkdir(folder, { recursive: true });
  const files = {
    'config.yaml': config(generated),
    'description.md': 'How high is a person?\n',
    'leaderboard.csv': leaderboard,
    'prepare.py': prepare,
    ...(generated ? { 'generate.py': generate } : {}),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
}
