import { symlink, truncate } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Grade } from '../../support/mle/programs';
import { OwnCompetition } from '../../support/mle/ownCompetition';
import { Programs } from '../../support/mle/programs';
import { mlePython } from '../../support/mlePython';
import { temporaryFolder } from '../../support/temp';

const python = await mlePython();

// Values that stand nowhere but in the answers.
const secrets = ['7341.5', '-88.25', '60013', '2.125'];
const fares = {
  grader: { metric: 'rmse', id_column: 'key', target_columns: ['fare'] },
  answers: `key,fare\n${secrets.map((secret, index) => `k${String(index)},${secret}`).join('\n')}\n`,
  sample: 'key,fare\nk0,1\nk1,1\nk2,1\nk3,1\n',
} as const;
const probabilities = {
  grader: { metric: 'log-loss', id_column: 'id', target_columns: ['p'] },
  answers: 'id,p\n1,0\n2,1\n3,1\n4,0\n',
  sample: 'id,p\n1,0.5\n2,0.5\n3,0.5\n4,0.5\n',
} as const;
const authors = {
  grader: {
    metric: 'multiclass-log-loss',
    id_column: 'id',
    target_columns: ['A', 'B'],
    row_sum_tolerance: 1.1e-5,
  },
  answers: 'id,A,B\nx,1,0\ny,0,1\n',
  sample: 'id,A,B\nx,0.5,0.5\ny,0.5,0.5\n',
} as const;
const words = {
  grader: { metric: 'accuracy', id_column: 'id', target_columns: ['after'] },
  answers: 'id,after\n0_0,two\n0_1,"a, b"\n0_2,NA\n0_3, c\n',
  sample: 'id,after\n0_0,2\n0_1,2\n0_2,2\n0_3,2\n',
} as const;
const covers = {
  grader: { metric: 'accuracy', id_column: 'id', target_columns: ['cover'] },
  answers: 'id,cover\na,1\nb,2\n',
  sample: 'id,cover\na,2\nb,2\n',
} as const;
const stages = {
  grader: { metric: 'quadratic-kappa', id_column: 'id', target_columns: ['stage'] },
  answers: 'id,stage\na,0\nb,4\nc,2\n',
  sample: 'id,stage\na,0\nb,0\nc,0\n',
} as const;
const zeros = {
  grader: { metric: 'mae', id_column: 'id', target_columns: ['y'] },
  answers: 'id,y\n007,1\n0010,2\n',
  sample: 'id,y\n007,0\n0010,0\n',
} as const;
const comments = {
  grader: { metric: 'mae', id_column: 'comment', target_columns: ['y'] },
  answers: 'y,comment\n1,"say ""hi"",\nyou"\n2,same\n4,same\n',
  sample: 'y,comment\n0,"say ""hi"",\nyou"\n0,same\n0,same\n',
} as const;
const inOrder = {
  grader: { metric: 'mae', id_column: null, target_columns: ['y'] },
  answers: 'y\n1\n2\n',
  sample: 'y\n0\n0\n',
} as const;
const competitions = {
  fares,
  probabilities,
  authors,
  words,
  covers,
  stages,
  zeros,
  comments,
  inOrder,
} as const;
type Name = keyof typeof competitions;

const rows = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;

/** Graded: the score. */
const graded: readonly (readonly [Name, string, string | Uint8Array, number])[] = [
  ['probabilities', 'as they are', rows('id,p', '1,0', '2,1', '3,1', '4,0'), 2.22e-16],
  ['probabilities', 'all wrong', rows('id,p', '1,1', '2,0', '3,0', '4,1'), 36.04365],
  ['probabilities', 'other order', rows('id,p', '4,0.1', '2,0.8', '1,0.1', '3,0.8'), 0.16425],
  [
    'probabilities',
    'columns change places',
    rows('p,id', '0.1,4', '0.8,2', '0.1,1', '0.8,3'),
    0.16425,
  ],
  ['probabilities', 'CRLF', 'id,p\r\n1,0.5\r\n2,0.5\r\n3,0.5\r\n4,0.5\r\n', 0.69315],
  ['probabilities', 'CR', 'id,p\r1,0.5\r2,0.5\r3,0.5\r4,0.5', 0.69315],
  ['probabilities', 'a byte order mark', '\u{feff}id,p\n1,0.5\n2,0.5\n3,0.5\n4,0.5\n', 0.69315],
  ['probabilities', 'quotes', rows('"id","p"', '"1","0.5"', '2,0.5', '3,"0.5"', '4,.5'), 0.69315],
  ['probabilities', 'blanks', rows(' id , p', ' 1 , 0.5 ', '2,0.5', '3,0.5', '4,0.5', ''), 0.69315],
  [
    'probabilities',
    'ids as fractions',
    rows('id,p', '1.0,0.5', '2.0,0.5', '3.0,0.5', '4.0,0.5'),
    0.69315,
  ],
  [
    'probabilities',
    'an index column',
    rows(',id,p', '0,1,.5', '1,2,.5', '2,3,.5', '3,4,.5'),
    0.69315,
  ],
  ['probabilities', 'exponents', rows('id,p', '1,5e-1', '2,5E-1', '3,+.5', '4,0.50'), 0.69315],
  ['authors', 'almost 1', rows('id,A,B', 'x,0.500001,0.5', 'y,0.5,0.5'), 0.69315],
  ['authors', 'classes change places', rows('id,B,A', 'y,0.75,0.25', 'x,0.25,0.75'), 0.28768],
  ['words', 'exact texts', rows('id,after', '0_3, c', '0_2,NA', '0_1,"a, b"', '0_0,two'), 1],
  [
    'words',
    'other texts, and none',
    rows('id,after', '0_3,c', '0_2,', '0_1,"a, b"', '0_0,Two'),
    0.25,
  ],
  ['covers', 'whole numbers as fractions', rows('id,cover', 'a,1.0', 'b,3'), 0.5],
  ['stages', 'whole numbers as fractions', rows('id,stage', 'a,0.0', 'b,4.0', 'c,2'), 1],
  ['zeros', 'leading zeros', rows('id,y', '0010,3', '007,1'), 0.5],
  ['zeros', 'lost zeros', rows('id,y', '10,3', '7,1'), 0.5],
  [
    'comments',
    'texts as ids, twice',
    rows('comment,y', 'same,2', '"say ""hi"",\nyou",1', 'same,4'),
    0,
  ],
  ['inOrder', 'no ids', rows('y', '2', '4'), 1.5],
];

/** Refused: what the reason has to say. */
const refused: readonly (readonly [Name, string, string | Uint8Array, RegExp])[] = [
  ['fares', 'missing ids', rows('key,fare', 'k0,1', 'k3,1'), /2 of 4 ids are missing: "k1", "k2"/],
  [
    'fares',
    'an extra id',
    rows('key,fare', 'k0,1', 'k1,1', 'k2,1', 'k9,1'),
    /row 4: "key" is "k9"/,
  ],
  ['fares', 'too many rows', `${fares.sample}k4,1\n`, /it has more than 4 rows/],
  [
    'fares',
    'a duplicate',
    rows('key,fare', 'k0,1', 'k1,1', 'k1,1', 'k3,1'),
    /row 3: "key" is "k1", which another/,
  ],
  ['fares', 'an empty id', rows('key,fare', 'k0,1', ',1', 'k2,1', 'k3,1'), /row 2: "key" is empty/],
  ['fares', 'NaN', rows('key,fare', 'k0,1', 'k1,NaN', 'k2,1', 'k3,1'), /row 2: "fare" is "NaN"/],
  ['fares', 'nothing', rows('key,fare', 'k0,1', 'k1,', 'k2,1', 'k3,1'), /row 2: "fare" is empty/],
  [
    'fares',
    'infinity',
    rows('key,fare', 'k0,1', 'k1,1', 'k2,-inf', 'k3,1'),
    /row 3: "fare" is "-inf"/,
  ],
  [
    'fares',
    'too large for a float',
    rows('key,fare', 'k0,1e999', 'k1,1', 'k2,1', 'k3,1'),
    /row 1.*not a finite/,
  ],
  [
    'fares',
    'too large to be squared',
    rows('key,fare', 'k0,1e300', 'k1,1', 'k2,1', 'k3,1'),
    /too large/,
  ],
  [
    'fares',
    'text',
    rows('key,fare', 'k0,1', 'k1,1', 'k2,1', 'k3,$9'),
    /row 4: "fare" is "\$9", which is not a number/,
  ],
  [
    'fares',
    'digits in groups',
    rows('key,fare', 'k0,1_000', 'k1,1', 'k2,1', 'k3,1'),
    /row 1.*not a number/,
  ],
  [
    'fares',
    'other digits',
    rows('key,fare', 'k0,١', 'k1,1', 'k2,1', 'k3,1'),
    /row 1.*not a number/,
  ],
  [
    'fares',
    'a wrong header',
    rows('id,fare', 'k0,1', 'k1,1', 'k2,1', 'k3,1'),
    /header lacks key: it is "id", "fare"/,
  ],
  ['fares', 'no header', rows('k0,1', 'k1,1', 'k2,1', 'k3,1'), /header lacks key, fare/],
  ['fares', 'semicolons', fares.sample.replaceAll(',', ';'), /separated by commas/],
  ['fares', 'a column twice', rows('key,fare,fare', 'k0,1,1'), /"fare" stands more than once/],
  [
    'fares',
    'a field too few',
    rows('key,fare', 'k0,1', 'k1', 'k2,1', 'k3,1'),
    /row 2 has 1 fields/,
  ],
  [
    'fares',
    'a field too many',
    rows('key,fare', 'k0,1', 'k1,1,5', 'k2,1', 'k3,1'),
    /row 2 has 3 fields/,
  ],
  ['fares', 'an open quote', rows('key,fare', 'k0,1', 'k1,"1', 'k2,1'), /row 2 is not CSV/],
  ['fares', 'an empty file', '', /it is empty/],
  ['fares', 'empty lines', '\n\n\n', /it is empty/],
  ['fares', 'only a header', 'key,fare\n', /no row below it/],
  ['fares', 'UTF-16', Buffer.from(`\u{feff}${fares.sample}`, 'utf16le'), /UTF-16/],
  ['fares', 'UTF-16 without a mark', Buffer.from(fares.sample, 'utf16le'), /binary/],
  [
    'fares',
    'Latin-1',
    Buffer.from(fares.sample.replace('k0', 'k\u{e9}'), 'latin1'),
    /not UTF-8 \(byte 0xe9\)/,
  ],
  ['words', 'a NUL', rows('id,after', `0_0,${'x'.repeat(5000)}`, '0_1,\0'), /line 3 has a NUL/],
  ['fares', 'a zip', Buffer.from('PK\x03\x04submission.csv', 'latin1'), /a zip/],
  ['fares', 'gzip', gzipSync(fares.sample), /gzip/],
  ['fares', 'Parquet', Buffer.from('PAR1\0\0\0PAR1', 'latin1'), /Parquet/],
  ['fares', 'binary', Buffer.from([1, 2, 0, 255, 3]), /binary/],
  ['fares', 'a huge field', `key,fare\nk0,${'1'.repeat(2_000_000)}\n`, /row 1 is not CSV.*limit/],
  ['fares', 'a huge line', `key,fare\nk0,${'1,'.repeat(3_000_000)}\n`, /line 2 has more than/],
  [
    'probabilities',
    'above 1',
    rows('id,p', '1,0.5', '2,1.5', '3,.5', '4,.5'),
    /row 2: "p" is 1.5, which is not between 0 and 1/,
  ],
  [
    'probabilities',
    'below 0',
    rows('id,p', '1,-0.1', '2,.5', '3,.5', '4,.5'),
    /row 1: "p" is -0.1/,
  ],
  [
    'probabilities',
    'ids that become one',
    rows('id,p', '1,.5', '01,.5', '3,.5', '4,.5'),
    /row 2: "id" is "01", which another/,
  ],
  ['authors', 'not 1', rows('id,A,B', 'x,0.5,0.5', 'y,0.5,0.6'), /row 2 adds up to 1.1/],
  ['authors', 'just not 1', rows('id,A,B', 'x,0.50002,0.5', 'y,0.5,0.5'), /row 1 adds up to/],
  [
    'authors',
    'an unknown class',
    rows('id,A,B,C', 'x,0.5,0.5,0'),
    /the column "C" is not expected/,
  ],
  ['authors', 'a missing class', rows('id,A', 'x,1', 'y,1'), /header lacks B/],
  ['covers', 'text for a number', rows('id,cover', 'a,pine', 'b,2'), /row 1: the label "pine"/],
  ['covers', 'a fraction', rows('id,cover', 'b,2.5', 'a,2'), /row 1: the label "2.5"/],
  [
    'stages',
    'a fraction',
    rows('id,stage', 'a,0', 'b,3.5', 'c,1'),
    /row 2: "stage" is "3.5", which is not a whole/,
  ],
  ['inOrder', 'too few rows', rows('y', '1'), /it has 1 rows, where 2/],
];

describe.skipIf(python === null)('a submission', { timeout: 300_000 }, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let programs: Programs;
  const made = new Map<string, OwnCompetition>();
  const own = (name: Name): OwnCompetition => {
    const found = made.get(name);
    if (found === undefined) throw new Error(name);
    return found;
  };
  const grade = async (
    list: readonly (readonly [Name, string, string | Uint8Array, unknown])[],
    ...more: readonly string[]
  ): Promise<readonly Grade[]> => {
    const argvs = list.map(async ([name, title, content]) => {
      const file = await own(name).submission(`${title}.csv`, content);
      return own(name).argv(file, ...more);
    });
    return await programs.grades(await Promise.all(argvs));
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    programs = await Programs.in(path.join(folder.path, 'programs'), python ?? '');
    for (const [name, competition] of Object.entries(competitions))
      made.set(name, await OwnCompetition.in(path.join(folder.path, name), competition));
  });
  afterAll(async () => {
    await programs[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test('that can be scored is, whatever its order and its writing', async () => {
    const grades = await grade(graded);
    expect(
      grades.map(({ valid, score_exact, message }, index) => [
        graded[index]?.[1],
        valid,
        message,
        score_exact,
      ]),
    ).toEqual(
      graded.map(([, title, , score]): readonly unknown[] => [
        ...[title, true, null],
        expect.closeTo(score, 5),
      ]),
    );
  });

  test('that cannot be scored is refused with a reason that says where, and nothing of the answers', async () => {
    const grades = await grade(refused);
    for (const [index, { message, ...rest }] of grades.entries()) {
      const [, title, , reason] = refused[index] ?? [];
      expect(rest, title).toEqual({ valid: false, score: null, score_exact: null });
      expect(message, title).toMatch(reason ?? /never/);
      expect(
        secrets.filter((secret) => message?.includes(secret)),
        title,
      ).toEqual([]);
    }
  });

  test('has its format checked without a score, and without the answers', async () => {
    const wellFormed = await grade(graded, '--validate');
    expect(wellFormed.map((answer, index) => [graded[index]?.[1], answer])).toEqual(
      graded.map(([, title]) => [
        title,
        { valid: true, score: null, score_exact: null, message: null },
      ]),
    );

    // Whether labels are numbers, and what overflows, only the answers tell.
    const known = refused.filter(
      ([name, title]) => name !== 'covers' && title !== 'too large to be squared',
    );
    const illFormed = await grade(known, '--validate');
    expect(illFormed.map(({ valid, message }) => [valid, message])).toEqual(
      known.map(([, , , reason]): readonly unknown[] => [false, expect.stringMatching(reason)]),
    );
    const files = await Promise.all(
      (['fares', 'words'] as const).map(async (name) => {
        const file = await own(name).submission('sample.csv', competitions[name].sample);
        return own(name)
          .argv(file, '--validate')
          .filter((word) => word !== '--private' && !word.endsWith('/private'));
      }),
    );
    expect((await programs.grades(files)).map(({ valid }) => valid)).toEqual([true, true]);
  });

  test('has to be a file: no folder, no link to the answers, nothing at all', async () => {
    const { answers } = own('fares');
    const link = path.join(folder.path, 'link.csv');
    await symlink(answers, link);
    const places = [folder.path, link, '/dev/zero', path.join(folder.path, 'none.csv')];
    const grades = await programs.grades(places.map((place) => own('fares').argv(place)));
    expect(grades.map(({ valid, message }) => [valid, message])).toEqual([
      [false, expect.stringContaining('a folder')],
      [false, expect.stringContaining('a link')],
      [false, expect.stringContaining('not a file')],
      [false, expect.stringContaining('no submission')],
    ]);
  });

  test('of 2 GB is not read', async () => {
    const huge = await own('fares').submission('huge.csv', 'key,fare\n');
    await truncate(huge, 2 * 1024 ** 3);
    const [grade] = await programs.grades([own('fares').argv(huge)]);
    expect(grade?.valid).toBe(false);
    expect(grade?.message).toContain('2147483648 bytes');
    const [limited] = await programs.grades([
      own('fares').argv(own('fares').answers, '--max-bytes', '10'),
    ]);
    expect(limited?.message).toContain('10 at most');
  });
});
