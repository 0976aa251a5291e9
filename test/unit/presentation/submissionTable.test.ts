import { describe, expect, it } from 'vitest';
import type { CsvTable } from '../../../src/presentation/submissionTable';
import { shownRows, submissionTable } from '../../../src/presentation/submissionTable';

function table(text: string, more: Partial<CsvTable> = {}): CsvTable {
  const [columns = [], ...rows] = text.split('\n').map((line) => line.split(','));
  return { columns, rows, total: rows.length, problem: null, ...more };
}

const sample = table('id,label\nb,0.5\na,0.5\nc,0.5');

function pairOf(submission: CsvTable, idColumn: string | null = 'id', given = sample) {
  const pair = submissionTable(given, submission, { idColumn });
  return { sample: pair.sample.split('\n'), submission: pair.submission.split('\n') };
}

describe('a submission beside its sample', () => {
  it('has each row beside the one with the same id, whatever its own order', () => {
    const { sample: left, submission } = pairOf(table('id,label\nc,0.1\nb,0.25\na,1'));
    expect(left).toEqual(['id  label', 'b     0.5', 'a     0.5', 'c     0.5', '']);
    expect(submission).toEqual(['id  label', 'b    0.25', 'a       1', 'c     0.1', '']);
  });

  it('is the same text on both sides when it is the sample', () => {
    const { sample: left, submission } = pairOf(sample);
    expect(submission).toEqual(left);
  });

  it('leaves out missing ids, shows repeated and unknown ones, and counts them', () => {
    const { submission } = pairOf(table('id,label\na,0.1\na,0.2\nz,0.3\nc,0.4'));
    expect(submission).toEqual([
      '! 4 rows; the sample has 3',
      '! 1 id missing',
      '! 1 id more than once',
      '! 1 row with an id that is not in the sample',
      'id  label',
      'a     0.1',
      'a     0.2',
      'c     0.4',
      'z     0.3',
      '',
    ]);
  });

  it('shows what is wrong with its header', () => {
    const wrong = pairOf(table('id,Label\na,0.1\nb,0.2\nc,0.3'));
    expect(wrong.submission.slice(0, 4)).toEqual([
      '! missing from the header: "label"',
      '! not in the sample\'s header: "Label"',
      'id         Label',
      'b            0.2',
    ]);
    expect(wrong.sample[0]).toBe('id  label');
    const swapped = pairOf(table('label,id\n0.5,b\n0.5,a\n0.5,c'));
    expect(swapped.submission[0]).toBe('! its columns stand in another order');
    expect(swapped.submission.slice(1)).toEqual(swapped.sample);
  });

  it('compares rows by their order without an id column, or where the submission lacks it', () => {
    const byOrder = pairOf(table('label\n1\n2\n3'), null, table('label\n0\n0\n0'));
    expect(byOrder.submission).toEqual(['label', '    1', '    2', '    3', '']);
    const lacking = pairOf(table('label\n1\n2\n3'));
    expect(lacking.submission).toContain('! without ids, rows are compared by their order');
    expect(lacking.submission.at(-2)).toMatch(/^ +3$/);
  });

  it('says where the sample is cut, and takes no row that may stand below for unknown', () => {
    const rows = Array.from({ length: shownRows }, (_, n) => [`a${String(n)}`, '0']);
    const long: CsvTable = { columns: ['id', 'label'], rows, total: 9000, problem: null };
    const { sample: left, submission } = pairOf(table('id,label\na1,7\nfar,1'), 'id', long);
    expect(left.at(-2)).toBe("… the first 2,000 of the sample's 9,000 rows");
    expect(submission.join('\n')).not.toMatch(/not in the sample|far/);
  });

  it('keeps every row on one line of bounded length', () => {
    const odd = table('id,label\na,x\nb,y\nc,z');
    const cells = {
      ...odd,
      rows: [
        ['a', `two\nlines\t${'w'.repeat(500)}`],
        ['b', ''],
        ['c', ''],
      ],
    };
    const { submission } = pairOf(cells);
    const [line = ''] = submission.filter((text) => text.startsWith('a'));
    expect(line).toMatch(/two␤lines␤w+…$/);
    expect(line.length).toBeLessThan(80);
  });

  it('tells why a file was not read to its end, also one that is empty', () => {
    const broken = table('id,label\na,1', { problem: 'Quote Not Closed' });
    expect(pairOf(broken).submission[0]).toBe('! Quote Not Closed');
    const empty: CsvTable = { columns: [], rows: [], total: 0, problem: null };
    expect(pairOf(empty).submission[0]).toBe('! missing from the header: "id", "label"');
  });
});
