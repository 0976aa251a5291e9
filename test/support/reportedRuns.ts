import type { RepositoryTask, StageResult, TrialResult, Usage } from '../../src/runner/model';
import { parseRepositoryRow } from '../../src/runner/model';
import type { RecordedRun, RecordedTrial } from './recordedRuns';

const repositories = ['django/django', 'sympy/sympy', 'astropy/astropy', 'psf/requests'] as const;
const difficulties = ['<15 min fix', '15 min - 1 hour', '1-4 hours'] as const;
const ends: readonly TrialResult['status'][] = [
  'passed',
  'passed',
  'failed',
  'passed',
  'failed',
  'timeout',
  'passed',
  'empty_patch',
  'failed',
  'infra_failure',
];

/** `count` rows of a few repositories, versions and difficulties, as an official dataset has them. */
export function officialRows(count: number): readonly Readonly<Record<string, unknown>>[] {
  return Array.from({ length: count }, (_, n) => {
    const repo = repositories[n % repositories.length] ?? '';
    return {
      instance_id: `${repo.replace('/', '__')}-${String(1000 + n)}`,
      repo,
      base_commit: '0123456789abcdef0123456789abcdef01234567',
      problem_statement: statement,
      patch: '--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-wrong\n+the solution\n',
      FAIL_TO_PASS: '["test_x.py::test_answer"]',
      PASS_TO_PASS: '[]',
      version: `${String(1 + (Math.floor(n / 4) % 3))}.0`,
      difficulty: difficulties[n % difficulties.length],
    };
  });
}

const statement = `### The answer is wrong

\`answer()\` gives **41**, see <script>alert(1)</script>.

\`\`\`python
assert answer() == 42  # not <b>41</b>
\`\`\`
`;

/** The tasks of `officialRows`. */
export function officialTasks(count: number): readonly RepositoryTask[] {
  return officialRows(count).map((row, n) => {
    const parsed = parseRepositoryRow(row, { file: 'official.jsonl', line: n + 1 });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return parsed.task;
  });
}

/** A run of an agent that asks a model; `shift` makes another one of it, whose trials end otherwise. */
export function agentRun(
  runId: string,
  tasks: readonly RepositoryTask[],
  { shift = 0, model = 'example/model-1' } = {},
): RecordedRun {
  const trials = tasks.map((task, n): RecordedTrial => {
    const status = ends[(n * 7 + shift * (n % 5)) % ends.length] ?? 'failed';
    const seconds = 40 + ((n * 37) % 400);
    return {
      task,
      result: {
        status,
        duration_s: seconds,
        exit_status: status === 'timeout' ? 'max_time' : n % 6 === 5 ? 'max_turns' : 'submitted',
        cause: status === 'timeout' ? 'agent' : null,
        stages: stagesOf(seconds),
        usage: usageOf(n),
      },
    };
  });
  return { runId, agent: 'runner', model, trials };
}

function stagesOf(seconds: number): StageResult[] {
  const shares = { clone: 0.02, install: 0.1, before: 0.08, agent: 0.7, apply: 0.01, after: 0.09 };
  return Object.entries(shares).map(([stage, share]) => ({
    stage,
    cause: 'done',
    exit_code: 0,
    duration_s: Number((seconds * share).toFixed(2)),
  }));
}

function usageOf(n: number): Usage {
  return {
    prompt_tokens: 30_000 + n * 911,
    cached_tokens: 12_000,
    completion_tokens: 2_000 + n * 13,
    reasoning_tokens: 0,
    cost: Number((0.05 + n * 0.003).toFixed(4)),
    estimated: false,
  };
}
