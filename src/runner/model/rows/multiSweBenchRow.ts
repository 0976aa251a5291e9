import * as z from 'zod';
import type { RepositoryTask } from '../repositoryTask';
import type { RowContext } from './columns';
import { commitSchema, textOf } from './columns';
import { officialTask } from './sweBenchRow';

/** Tests by name; what stands with each is how it ended in the dataset's own runs. */
const testsSchema = z
  .union(
    [
      z.record(z.string(), z.unknown()).transform((tests) => Object.keys(tests)),
      z.array(z.string()),
    ],
    {
      error: 'expected an object with a key for each test, or a list of names',
    },
  )
  .nullish();

const nameSchema = z.string().regex(/^[\w.-]+$/, 'expected a name as it stands in a URL');

/** Multi-SWE-bench: pull requests of many languages, in columns of its own. */
export const multiSweBenchRowSchema = z.looseObject({
  org: nameSchema,
  repo: nameSchema,
  number: z.int().nonnegative(),
  title: z.string().nullish(),
  body: z.string().nullish(),
  base: z.looseObject({ sha: commitSchema }),
  resolved_issues: z
    .array(z.looseObject({ title: z.string().nullish(), body: z.string().nullish() }))
    .nullish(),
  fix_patch: z.string(),
  test_patch: z.string().nullish(),
  f2p_tests: testsSchema,
  p2p_tests: testsSchema,
  /** Skipped, or not there, before the fix: they have to pass after it too. */
  s2p_tests: testsSchema,
  n2p_tests: testsSchema,
});
type MultiSweBenchRow = z.infer<typeof multiSweBenchRowSchema>;

export function fromMultiSweBenchRow(row: MultiSweBenchRow, context: RowContext): RepositoryTask {
  const { org, repo, number } = row;
  const fixed = new Set(
    [row.f2p_tests, row.s2p_tests, row.n2p_tests].flatMap((tests) => tests ?? []),
  );
  const instance = {
    instance_id: `${org}__${repo}-${String(number)}`,
    repo: `${org}/${repo}`,
    base_commit: row.base.sha,
    problem_statement: statementOf(row),
    patch: row.fix_patch,
    test_patch: row.test_patch ?? undefined,
    ...(row.f2p_tests === undefined || row.f2p_tests === null ? {} : { FAIL_TO_PASS: [...fixed] }),
    ...(row.p2p_tests === undefined || row.p2p_tests === null
      ? {}
      : { PASS_TO_PASS: row.p2p_tests }),
  };
  return officialTask(instance, context, {
    image: `mswebench/${org}_m_${repo}:pr-${String(number)}`.toLowerCase(),
    workdir: `/home/${repo}`,
    columns: {
      kind: 'multi-swe-bench',
      unsupported:
        'Multi-SWE-bench runs each repository in a way of its own and has a log parser for each, which are not part of its rows',
    },
  });
}

/** What its agents are told: the issues that the pull request resolves, else the request itself. */
function statementOf(row: MultiSweBenchRow): string {
  const issues = row.resolved_issues ?? [];
  const texts = issues.length > 0 ? issues : [row];
  return texts
    .map(({ title, body }) => [textOf(title), textOf(body)].filter((part) => part !== null))
    .map((parts) => parts.join('\n\n'))
    .join('\n\n');
}
