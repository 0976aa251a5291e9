import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { Option } from 'commander';
import { plural } from '../../presentation/format';
import type { LogGrade, LogSelection, OfficialReport, Runner } from '../../runner/index';
import { RunnerError } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus } from '../context';
import { plainTable } from '../summary';
import { addEvaluateCommand } from './sweEvaluate';
import { addValidateCommand } from './sweValidate';

interface GradeLogFlags {
  readonly tasks: string[];
  readonly taskId?: string;
  readonly log?: string;
  readonly logs?: string;
  readonly grading: Parameters<Runner['gradeLogs']>[1]['grading'];
  readonly json?: true;
}

export function addSweCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  const swe = program.command('swe').description("SWE-bench's own formats and rules");
  swe
    .command('grade-log')
    .description(
      'grade the log of an evaluation, or a folder of them (…/<instance_id>/test_output.txt), as the official harness does',
    )
    .requiredOption('--tasks <file...>', 'task files with rows of the dataset')
    .option('--task-id <id>', 'the task whose log it is')
    .option('--log <file>', 'the log of that task')
    .option('--logs <dir>', 'a folder with the logs of one run and one model')
    .addOption(
      new Option('--grading <version>', "rules of the harness's version")
        .choices(['v4', 'v5'])
        .default('v5'),
    )
    .option('--json', 'print one JSON document: {instance_id: report}')
    .action(async (flags: GradeLogFlags) => {
      done(await gradeLog(context, flags));
    });
  addEvaluateCommand(swe, context, done);
  addValidateCommand(swe, context, done);
}

async function gradeLog(context: CliContext, flags: GradeLogFlags): Promise<ExitStatus> {
  const selection = selectionOf(flags);
  const { signal, say } = context;
  const runner = await context.runner();
  const { tasks, grading } = flags;
  const grades = runner.gradeLogs(selection, { tasks, grading, signal, onProblem: say });
  let status: ExitStatus = exitStatus.done;
  const told = async function* (): AsyncGenerator<LogGrade> {
    for await (const grade of grades) {
      if (!grade.graded) {
        status = exitStatus.badInput;
        say(`${grade.taskId}: ${grade.error}: ${grade.reason}`);
      }
      yield grade;
    }
  };
  if (flags.json === true) {
    // Reports of thousands of logs are not gathered, and whoever reads may be slow.
    const pieces = Readable.from(jsonPieces(told()));
    await pipeline(pieces, context.streams.stdout, { end: false, signal }).catch(
      (error: unknown) => {
        if (!hasHungUp(error)) throw error;
      },
    );
  } else {
    context.out(await asTable(told()));
  }
  return status;
}

/** Whoever read stdout (`head`) has seen enough. */
function hasHungUp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

function selectionOf({ taskId, log, logs }: GradeLogFlags): LogSelection {
  if (logs !== undefined && taskId === undefined && log === undefined) return { logs };
  if (logs === undefined && taskId !== undefined && log !== undefined) return { taskId, log };
  throw new RunnerError(
    'invalid-config',
    'Name either one log (--task-id ID --log FILE) or a folder of logs (--logs DIR).',
  );
}

/** One document as `JSON.stringify` indents it, a report at a time. */
async function* jsonPieces(grades: AsyncIterable<LogGrade>): AsyncGenerator<string> {
  let before = '{\n';
  for await (const grade of grades) {
    const value = grade.graded ? grade.report : { error: grade.error, reason: grade.reason };
    const text = JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
    yield `${before}  ${JSON.stringify(grade.taskId)}: ${text}`;
    before = ',\n';
  }
  yield before === '{\n' ? '{}\n' : '\n}\n';
}

async function asTable(grades: AsyncIterable<LogGrade>): Promise<string> {
  const table = plainTable(['task', 'verdict', 'FAIL_TO_PASS', 'PASS_TO_PASS', 'note']);
  let resolved = 0;
  let count = 0;
  for await (const grade of grades) {
    count += 1;
    if (!grade.graded) {
      table.push([grade.taskId, 'not graded', '', '', grade.error]);
      continue;
    }
    const { report } = grade;
    if (report.resolved) resolved += 1;
    table.push([
      grade.taskId,
      report.resolved ? 'resolved' : report.patch_exists ? 'unresolved' : 'no patch',
      passedOf(report, 'FAIL_TO_PASS'),
      passedOf(report, 'PASS_TO_PASS'),
      [grade.cause, report.infra_failure_reason].filter(Boolean).join(', '),
    ]);
  }
  return `${table.toString()}\n${plural(count, 'log')}, ${String(resolved)} resolved\n`;
}

function passedOf(report: OfficialReport, list: 'FAIL_TO_PASS' | 'PASS_TO_PASS'): string {
  const tests = report.tests_status?.[list];
  if (tests === undefined) return '';
  const passed = tests.success.length;
  return `${String(passed)} of ${String(passed + tests.failure.length)}`;
}
