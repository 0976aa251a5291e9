import { beforeAll, expect, test } from 'vitest';
import type { TaskFromCommit } from '../../../src/runner/index';
import { calculator, fixedCalculator, git, TestRepository } from '../../support/repositories';
import { Bench, patient } from '../../support/runs';
import { describeOnEverySandbox } from '../../support/sandboxes';
import { never } from '../../support/temp';

const source = 'calc/__init__.py';
const tests = 'tests/test_calc.py';
/** One test that the fix mends, one that was right before, one whose end hangs on chance. */
const newTests = `import os
import random

from calc import add, double


def test_add():
    assert add(2, 3) == 5


def test_double():
    assert double(4) == 8


def test_luck():
    assert random.SystemRandom().random() < 0.5 or os.environ.get("LUCKY")


@__import__("pytest").mark.skip
def test_left_out():
    pass
`;

describeOnEverySandbox('a task made of a commit', (sandbox) => {
  let repository: TestRepository;
  let fix: string;
  let later: string;
  const bench = Bench.use(sandbox, async ({ folder }) => {
    const untested = { [source]: calculator[source], 'conftest.py': '' };
    repository = await TestRepository.make(`${folder}/calculator`, untested);
  });

  beforeAll(async () => {
    fix = await repository.commit({ [source]: fixedCalculator, [tests]: newTests }, 'Add adds');
    later = await repository.commit({ 'README.md': 'later\n' });
  });

  const make = (commit: string): Promise<TaskFromCommit> =>
    bench.runner.taskFromCommit(
      { repo: repository.path, commit, repeat: 8, config: { sandbox, timeouts: patient } },
      { signal: never },
    );

  test('has the tests that the fix mended, those that stayed right, and no flaky one', async () => {
    const { row, flaky } = await make(fix);
    expect(row).toMatchObject({
      task_id: `calculator__${fix.slice(0, 7)}`,
      problem_statement: 'Add adds',
      FAIL_TO_PASS: [`${tests}::test_add`],
      PASS_TO_PASS: [`${tests}::test_double`],
    });
    expect(flaky).toEqual([`${tests}::test_luck`]);
    expect(row['patch']).toContain('return a + b');
    expect(row['patch']).not.toContain('test_add');
    expect(row['test_patch']).toContain('test_add');
    const gold = await bench.run([row]);
    expect(gold.results).toMatchObject([{ status: 'passed', verdict: { resolution: 'resolved' } }]);
    const empty = await bench.run([row], { agent: 'empty' });
    expect(empty.results).toMatchObject([{ status: 'empty_patch' }]);
  });

  test('what makes no task is said', async () => {
    await expect(make(later)).rejects.toThrow('changes no tests');
    await expect(make('no-such-commit')).rejects.toMatchObject({ code: 'not-found' });
    const first = (await git(repository.path, 'rev-list', '--max-parents=0', 'HEAD')).trim();
    await expect(make(first)).rejects.toThrow('first commit');
    const onlyTests = await repository.commit({ [tests]: `${newTests}\n# more\n` });
    await expect(make(onlyTests)).rejects.toThrow('nothing but tests');
    const noDifference = await repository.commit({
      [source]: `${fixedCalculator}# more\n`,
      [tests]: `${newTests}\n# still more\n`,
    });
    await expect(make(noDifference)).rejects.toThrow('No test of');
  });
});
