import type { OfficialReport } from '../../../../src/runner/benchmarks/swe/official/gradeOfficial';
import { gradeOfficial } from '../../../../src/runner/benchmarks/swe/official/gradeOfficial';
import { logParserOf } from '../../../../src/runner/benchmarks/swe/official/logParsers';
import type { ParsedLog } from '../../../../src/runner/benchmarks/swe/official/parseLog';
import { parseLog } from '../../../../src/runner/benchmarks/swe/official/parseLog';
import type { OfficialGrading } from '../../../../src/runner/benchmarks/swe/official/statuses';
import type { RepositoryTask } from '../../../../src/runner/model';
import { parseRepositoryRow } from '../../../../src/runner/model';

/** A row of an official dataset; what is not given is of no matter to grading. */
export function instance(columns: Readonly<Record<string, unknown>> = {}): RepositoryTask {
  const value = {
    instance_id: 'owner__project-1',
    repo: 'owner/project',
    base_commit: 'a'.repeat(40),
    log_parser: 'parse_log_pytest',
    FAIL_TO_PASS: '[]',
    PASS_TO_PASS: '[]',
    ...columns,
  };
  const row = parseRepositoryRow(value, { file: 'rows.jsonl', line: 1 });
  if (!row.ok) throw new Error(JSON.stringify(row.problems));
  return row.task;
}

/** A log as an evaluation writes it: what the shell echoes, the tests' output between the markers, what comes after. */
export function logOf(output: string, after = ''): string {
  return `+ source activate\n+ : '>>>>> Start Test Output'\n${output}\n+ : '>>>>> End Test Output'\n${after}`;
}

export function parse(
  task: RepositoryTask,
  log: string,
  grading: OfficialGrading = 'v5',
): ParsedLog {
  const chosen = logParserOf(task);
  if (!chosen.ok) throw new Error(chosen.reason);
  return parseLog(log, { parser: chosen.parser, grading });
}

/** The statuses in a log's tests; an error when there are none. */
export function statusesOf(
  logParser: string,
  output: string,
  grading: OfficialGrading = 'v5',
): Readonly<Record<string, string>> {
  const parsed = parse(instance({ log_parser: logParser }), logOf(output), grading);
  if (!parsed.found) throw new Error(parsed.reason);
  return Object.fromEntries(parsed.statuses);
}

export function grade(
  task: RepositoryTask,
  log: string,
  grading: OfficialGrading = 'v5',
): OfficialReport {
  return gradeOfficial(task, parse(task, log, grading), { grading });
}
