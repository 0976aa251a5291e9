import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CompetitionRegistry } from '../../../src/runner/benchmarks/mle/competitionRegistry';
import { mleTasks } from '../../../src/runner/benchmarks/mle/mleTasks';
import { competitionRun } from '../../../src/runner/competitions/runQuery';
import { parseSourceName } from '../../../src/runner/datasets/sourceName';
import type { Host } from '../../../src/runner/index';
import type { MleTask } from '../../../src/runner/model';
import { techniqueIds } from '../../../src/runner/model';
import { writeHeights } from '../../support/mle/heights';
import { temporaryFolder, testHost } from '../../support/temp';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let host: Host;
let registry: CompetitionRegistry;
beforeAll(async () => {
  folder = await temporaryFolder();
  host = testHost(folder.path);
  registry = new CompetitionRegistry(host);
  await writeHeights(path.join(folder.path, 'mine'));
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

const mine = { registry: ['mine'] };

async function write(file: string, text: string): Promise<void> {
  const target = path.join(folder.path, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
}

const minimal = (id: string, more = ''): string => `
id: ${id}
name: Small
dataset: { answers: answers.csv, sample_submission: sample.csv }
grader: { metric: auc, id_column: id, target_columns: [label] }
${more}`;

describe('the registry', () => {
  test('has what is shipped, and the lists that name it', async () => {
    const all = (await registry.list()).map(({ config }) => config.id);
    expect(all).toEqual([...all].sort());
    expect(all).toEqual(expect.arrayContaining(['demo-tabular', 'random-acts-of-pizza']));
    expect([...(await registry.lists()).keys()]).toEqual(
      expect.arrayContaining(['demo', 'dev', 'high', 'lite', 'low', 'medium']),
    );
    expect(await registry.lite()).toHaveLength(22);
    expect(await registry.idsOf('dev')).toContain('random-acts-of-pizza');
  });

  test('has those of a folder of the user, which win', async () => {
    await write('winning/demo-tabular/config.yaml', minimal('demo-tabular'));
    const place = { registry: ['mine', 'winning'] };
    expect(await registry.get('heights', place)).toMatchObject({ shipped: false });
    for (const own of [
      await registry.get('demo-tabular', place),
      (await registry.list(place)).find(({ config }) => config.id === 'demo-tabular'),
    ])
      expect(own).toMatchObject({
        shipped: false,
        config: { name: 'Small' },
        folder: path.join(folder.path, 'winning/demo-tabular'),
      });
    expect(await registry.get('demo-tabular')).toMatchObject({ shipped: true });
  });

  test('finds a competition whose folder is called otherwise', async () => {
    await write('named/some folder/config.yaml', minimal('other-name'));
    await write('named/no competition/notes.txt', '');
    const found = await registry.get('other-name', { registry: ['named'] });
    expect(path.basename(found.folder)).toBe('some folder');
    await expect(registry.get('some folder', { registry: ['named'] })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('names what is alike where there is no such competition', async () => {
    await expect(registry.get('demo')).rejects.toMatchObject({
      code: 'not-found',
      message: 'There is no competition "demo"; there is demo-images, demo-tabular, demo-text.',
    });
    await expect(registry.get('nothing-like-it')).rejects.toThrow('"mle list" shows all of them');
    await expect(registry.list({ registry: ['nowhere'] })).rejects.toMatchObject({
      code: 'not-found',
      message: `There is no folder of competitions ${path.join(folder.path, 'nowhere')}.`,
    });
  });

  test.each([
    [
      'a metric that is none',
      minimal('a').replace('auc', 'auk'),
      'metric: Invalid option: expected one of "auc"',
    ],
    [
      'a grader without a column',
      minimal('a').replace(', target_columns: [label]', ''),
      'target_columns: ',
    ],
    ['a grader that is neither', minimal('a').replace('metric: auc, ', ''), 'grade_fn: '],
    ['a missing name', minimal('a').replace('name: Small', ''), 'name'],
    ['an id with capitals', minimal('A'), 'small letters'],
    ['a key that is none', minimal('a', 'prepare: x.py:f'), '"prepare"'],
    ['a program elsewhere', minimal('a', 'preparer: ../x.py:f'), 'FILE.py:FUNCTION'],
    ['what is no YAML', 'id: [', 'config.yaml'],
    ['an empty file', '', 'expected object'],
  ])('refuses %s, with the file', async (_, text, message) => {
    await write('wrong/a/config.yaml', text);
    const refused = registry.list({ registry: ['wrong'] });
    await expect(refused).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining(path.join(folder.path, 'wrong/a/config.yaml')) as string,
    });
    await expect(refused).rejects.toThrow(message);
  });

  test('reads a list of a file, without comments', async () => {
    await write('set.txt', '# mine\nheights\n\n  demo-text \r\n// demo-images\n');
    expect(await registry.idsOf('set.txt')).toEqual(['heights', 'demo-text']);
    await expect(registry.idsOf('none.txt')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('one of demo, dev, high') as string,
    });
  });
});

describe('a source of tasks', () => {
  const tasksOf = async (name: string): Promise<readonly MleTask[]> => {
    const parsed = parseSourceName(name);
    if (parsed.kind !== 'mle') throw new Error('another source');
    return await mleTasks(host, parsed, mine);
  };
  const idsOf = async (name: string): Promise<readonly string[]> =>
    (await tasksOf(name)).map(({ taskId }) => taskId);

  test('is a competition, or a technique task on its data', async () => {
    const [task, ...others] = await tasksOf('mle:heights');
    expect(others).toEqual([]);
    expect(task).toMatchObject({
      taskId: 'heights',
      technique: null,
      dataset: 'mine',
      description: 'How high is a person?\n',
      thresholds: { gold_threshold: 1, is_lower_better: true, num_teams: 10 },
    });
    const [technique] = await tasksOf('mle:heights/cv');
    expect(technique).toMatchObject({
      taskId: 'heights/cv',
      group: 'heights',
      technique: 'cv',
      source: { file: 'mle:heights/cv' },
    });
  });

  test('is a list, with or without its technique tasks, or all there is', async () => {
    const demo = await idsOf('mle:demo');
    expect([...demo].sort()).toEqual(['demo-images', 'demo-tabular', 'demo-text']);
    expect(await idsOf('mle:demo/*')).toEqual(
      demo.flatMap((id) => techniqueIds.map((technique) => `${id}/${technique}`)),
    );
    expect(await idsOf('mle:lite/leakage')).toContain('leaf-classification/leakage');
    expect(await idsOf('mle:all')).toEqual(expect.arrayContaining(['heights', 'demo-text']));
    expect(await tasksOf('mle:demo-text')).toMatchObject([{ dataset: 'Demonstrations' }]);
    expect(await tasksOf('mle:leaf-classification')).toMatchObject([{ dataset: 'MLE-bench' }]);
  });

  test.each([
    ['mle:nothing', 'not-found', 'no competition "nothing"'],
    ['mle:heights/hope', 'not-found', 'no technique task "hope"'],
    ['mle:', 'invalid-config', 'mle:COMPETITION'],
    ['mle:a/b/c', 'invalid-config', 'mle:COMPETITION'],
  ])('%s is refused', async (name, code, message) => {
    await expect(tasksOf(name)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });
});

describe('the run that is asked for', () => {
  const run = (query: Omit<Parameters<typeof competitionRun>[0], 'config'>, config = {}) =>
    competitionRun({ ...query, config }, registry);

  test('is of the set; lite takes from it what is a lite one', async () => {
    expect(await run({ competition_set: ['b', 'a', 'b'] })).toMatchObject({
      tasks: ['mle:b', 'mle:a'],
      out: 'runs',
    });
    expect(
      await run({ competition_set: ['demo-text', 'leaf-classification'], lite: true }),
    ).toMatchObject({ tasks: ['mle:leaf-classification'] });
    expect((await run({ lite: true })).tasks).toHaveLength(22);
    expect((await run({ competition_set: 'dev' })).tasks).toHaveLength(3);
  });

  test('has all six technique tasks where none is named', async () => {
    const set = { competition_set: ['heights'] };
    expect((await run({ ...set, technique_tasks: true })).tasks).toEqual([
      'mle:heights',
      'mle:heights/*',
    ]);
    const named = ['mle:heights', 'mle:heights/cv', 'mle:heights/leakage'];
    const tasks = ['cv', 'leakage', 'cv'] as const;
    expect((await run({ ...set, technique_tasks: true, tasks })).tasks).toEqual(named);
    expect((await run({ ...set, tasks })).tasks).toEqual(named);
    expect((await run({ ...set, tasks: ['cv'], competitions: false })).tasks).toEqual([
      'mle:heights/cv',
    ]);
  });

  test('has a seed that is drawn, unless one is named', async () => {
    const set = { competition_set: ['heights'] };
    const seeds = await Promise.all([run(set), run(set)]);
    for (const { seed } of seeds) expect(Number.isInteger(seed)).toBe(true);
    expect(new Set(seeds.map(({ seed }) => seed)).size).toBe(2);
    expect(
      await run({ ...set, n_seeds: 3, n_workers: 5 }, { seed: 7, attempts: 1, out: 'there' }),
    ).toMatchObject({ seed: 7, attempts: 3, concurrency: 5, out: 'there' });
  });

  test.each([
    [{}, 'Say which competitions'],
    [{ competition_set: ['heights'], lite: true }, 'none of the set is a lite one'],
    [{ competition_set: ['heights'], competitions: false }, 'Nothing is left to run'],
  ])('%j is refused', async (query, message) => {
    await expect(run(query)).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining(message) as string,
    });
  });
});
