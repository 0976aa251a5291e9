import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { environmentOf } from '../../../src/runner/benchmarks/swe/environment';
import { logParserNames } from '../../../src/runner/benchmarks/swe/official/logParsers';
import { momentOf, recipeKey } from '../../../src/runner/benchmarks/swe/specEnvironment';
import { ourSpecs } from '../../../src/runner/benchmarks/swe/specs/ourSpecs';
import {
  loadSpecs,
  mergeSpecs,
  specFor,
  specOf,
  usualSpecs,
} from '../../../src/runner/benchmarks/swe/specs/specTable';
import type { RepositoryTask } from '../../../src/runner/model';
import {
  environmentRecipeSchema,
  parseRepositoryRow,
  repositorySpecsSchema,
} from '../../../src/runner/model';
import { never, temporaryFolder } from '../../support/temp';

function taskOf(row: object): RepositoryTask {
  const parsed = parseRepositoryRow(row, { file: 'tasks.jsonl', line: 1 });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.task;
}

const instance = {
  instance_id: 'pydicom__pydicom-1',
  repo: 'pydicom/pydicom',
  base_commit: '0123456789abcdef0123456789abcdef01234567',
  version: '2.3',
  created_at: '2022-09-20T18:52:53Z',
  patch: 'diff',
};

describe('the table of specs', () => {
  test.each(ourSpecs.map((specs) => [specs.repository, specs] as const))(
    'says all that an environment of %s needs',
    (repository, specs) => {
      const versions = [null, ...specs.versions.flatMap(({ of }) => of)];
      for (const version of versions) {
        const recipe = specFor(repository, version);
        expect(recipe?.install).not.toEqual([]);
        expect(recipe?.test_command).toBeDefined();
        expect(logParserNames).toContain(recipe?.log_parser);
      }
    },
  );

  test('knows what differs between versions', () => {
    expect(specFor('pydicom/pydicom', '2.3')?.python).toBe('3.10');
    expect(specFor('PyDicom/pydicom', '1.4')?.python).toBe('3.8');
    expect(specFor('django/django', '1.9')?.test_command).not.toContain('--parallel');
    expect(specFor('somebody/else', '1.0')).toBeNull();
  });

  test("a user's specs are laid over it, also over what it says of a version", () => {
    const mine = repositorySpecsSchema.parse({
      repository: 'pydicom/pydicom',
      all: { as_of: '2020-01-31' },
      versions: [{ of: ['9.9'], python: '3.13' }],
    });
    const table = mergeSpecs(usualSpecs, [mine]);
    expect(specFor('pydicom/pydicom', '2.3', table)).toMatchObject({
      python: '3.10',
      as_of: '2020-01-31',
    });
    expect(specFor('pydicom/pydicom', '9.9', table)?.python).toBe('3.13');
    expect(specFor('pydicom/pydicom', '2.3')?.as_of).not.toBe('2020-01-31');
  });

  test('files of specs say what is wrong with them', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'specs.json');
    await writeFile(file, JSON.stringify([{ repository: 'a/b', all: { python: '3.9' } }]));
    const table = await loadSpecs(['specs.json'], folder.path);
    expect(specFor('a/b', null, table)?.python).toBe('3.9');
    await writeFile(file, JSON.stringify({ repository: 'a/b', all: { pyhton: '3.9' } }));
    await expect(loadSpecs(['specs.json'], folder.path)).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining('pyhton') as string,
    });
    await writeFile(file, '{');
    await expect(loadSpecs(['specs.json'], folder.path)).rejects.toMatchObject({
      code: 'invalid-config',
    });
    await expect(loadSpecs(['none.json'], folder.path)).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});

describe('a recipe', () => {
  test.each([
    [{ python: 3.9 }, '3.9'],
    [{ python: '3.10', install: 'make', requirements: 'dev.txt' }, '3.10'],
  ])('%j is one', (value, python) => {
    expect(environmentRecipeSchema.parse(value).python).toBe(python);
  });

  test.each([
    ['an option of pip', { python: '3.9', pip: ['--index-url=http://x'] }],
    ['a file outside', { python: '3.9', requirements: 'a/../../x' }],
    ['an option of apt', { python: '3.9', apt: ['-o'] }],
    ['a day that does not exist', { python: '3.9', as_of: '2021-13-01' }],
    ['a workdir that is not below the root', { python: '3.9', workdir: '/a/b' }],
    ['no version', { python: '3' }],
    ['an unknown key', { python: '3.9', conda: [] }],
  ])('%s is refused', (_, value) => {
    expect(environmentRecipeSchema.safeParse(value).success).toBe(false);
  });

  test('how tests are run is not part of what is built', () => {
    const recipe = environmentRecipeSchema.parse({ python: '3.9', pip: ['six'] });
    expect(recipeKey({ ...recipe, test_command: 'tox', log_parser: 'pytest' })).toBe(
      recipeKey(recipe),
    );
    expect(recipeKey({ ...recipe, install: ['make'] })).not.toBe(recipeKey(recipe));
  });
});

describe('the spec of a task', () => {
  test("is the task's own, before its row's, before the table's", () => {
    const own = { python: '3.12', pip: ['six==1.16.0'] };
    const seed = { task_id: 'a', repo: 'https://example.com/r', ref: 'main', environment: own };
    expect(specOf(taskOf(seed))).toMatchObject(own);
    expect(specOf(taskOf({ ...seed, environment: undefined }))).toBeNull();
    expect(specOf(taskOf(instance))?.python).toBe('3.10');
    const config = {
      python: '3.7',
      install: 'pip install -e .[dev]',
      pip_packages: ['pytest', 'mock==2.0'],
      pre_install: ['apt-get update'],
      reqs_path: ['requirements/base.txt', 'environment.yml'],
      packages: 'requirements.txt',
      test_cmd: 'pytest --no-header -rA',
      log_parser: 'parse_log_pytest',
    };
    expect(specOf(taskOf({ ...instance, install_config: config }))).toMatchObject({
      python: '3.7',
      before: ['apt-get update'],
      install: ['pip install -e .[dev]'],
      pip: ['pytest', 'mock==2.0'],
      requirements: ['requirements/base.txt'],
      test_command: 'pytest --no-header -rA',
    });
  });

  test('takes the packages of its day, else of the month after next of the fix', () => {
    const recipe = environmentRecipeSchema.parse({ python: '3.9' });
    const task = taskOf(instance);
    expect(momentOf({ ...recipe, as_of: '2021-10-31' }, task)).toBe('2021-10-31T23:59:59Z');
    expect(momentOf({ ...recipe, as_of: '2021-10-31T12:00:00+02:00' }, task)).toBe(
      '2021-10-31T10:00:00.000Z',
    );
    expect(momentOf(recipe, task)).toBe('2022-11-01T00:00:00.000Z');
    expect(momentOf(recipe, taskOf({ ...instance, created_at: undefined }))).toBeNull();
  });

  const options = { defaultImage: null, described: null, specs: usualSpecs, signal: never };

  test('is used as the run says: never, always, or where there is no image', async () => {
    const task = taskOf(instance);
    const official = await environmentOf(task, { ...options, environments: 'official' });
    expect(official.source?.kind).toBe('image');
    expect(official.fallback).toBeUndefined();
    const built = await environmentOf(task, { ...options, environments: 'spec' });
    expect(built).toMatchObject({ source: { kind: 'spec' }, workdir: '/testbed' });
    expect(built.env['PATH']).toMatch(/^\/opt\/miniconda3\/envs\/testbed\/bin:/);
    const auto = await environmentOf(task, { ...options, environments: 'auto' });
    expect(auto).toMatchObject({ source: { kind: 'image' }, fallback: { source: built.source } });
  });

  test("is not asked where the run describes the environment, but a task's own environment is", async () => {
    const dockerfile = { kind: 'dockerfile' as const, dockerfile: '/d/Dockerfile' };
    const run = { ...options, environments: 'auto' as const, described: dockerfile };
    const official = await environmentOf(taskOf(instance), run);
    expect(official).toMatchObject({ source: dockerfile, workdir: '/testbed' });
    expect(official.fallback).toBeUndefined();
    const seed = { task_id: 'a', repo: 'https://example.com/r', ref: 'main' };
    const plain = await environmentOf(taskOf(seed), run);
    expect(plain).toMatchObject({ source: dockerfile, workdir: '/workspace/project' });
    const own = await environmentOf(taskOf({ ...seed, environment: 'python:3.12' }), run);
    expect(own.source).toMatchObject({ image: 'python:3.12' });
  });

  test('that nobody has said is told, with what to do', async () => {
    const task = taskOf({ ...instance, repo: 'somebody/else' });
    await expect(environmentOf(task, { ...options, environments: 'spec' })).rejects.toMatchObject({
      code: 'unsupported-environment',
      message: expect.stringContaining('--specs FILE') as string,
    });
    const auto = await environmentOf(task, { ...options, environments: 'auto' });
    expect(auto.fallback).toBeUndefined();
  });
});
