import type { Command } from 'commander';
import { passAtKLines, verdictCounts } from '../../presentation/contestReport';
import { formatCount, plural } from '../../presentation/format';
import type { Runner, RunOutcome } from '../../runner/index';
import type { CandidateReport, ContestSummary, RunConfigInput } from '../../runner/model';
import { contestSummaryOf } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { sourceOf } from '../contestFlags';
import { exitStatus, printJson } from '../context';
import type { EvalFlags, PassAtKFlags } from '../evalFlags';
import { addEvalFlags, addPassAtKFlags, evalConfigOf, passAtKContests } from '../evalFlags';
import { EvalReporter } from '../evalReporter';
import { plainTable } from '../summary';
import { readConfig } from '../readConfig';

export function addEvalCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  const evaluation = program
    .command('eval')
    .description('judge programs for contest problems, and tell pass@k');
  addPassAtKFlags(
    evaluation
      .command('pass-at-k')
      .description('judge candidates on the tests of their problems')
      .requiredOption(
        '--dataset-name <name>',
        'saved dataset (data etl), or a file: .jsonl, .jsonl.gz, .parquet',
      ),
  ).action(async (flags: PassAtKFlags) => {
    const source = sourceOf(flags, context.host.cwd);
    done(await evaluate(context, flags, { source, contests: passAtKContests(flags) }));
  });
  addEvalFlags(
    evaluation
      .command('programs')
      .description(
        'run programs that pass when they exit with 0: rows with a program, or HumanEval with samples',
      )
      .requiredOption(
        '--dataset-name <file>',
        'rows with a program each, or rows of HumanEval (then --predictions names the samples)',
      ),
  ).action(async (flags: EvalFlags) => {
    const source = sourceOf(flags, context.host.cwd);
    // Without predictions the rows have their programs or samples themselves.
    done(await evaluate(context, flags, { source, contests: { candidates: source } }));
  });
}

async function evaluate(
  context: CliContext,
  flags: EvalFlags,
  own: { readonly source: string; readonly contests: RunConfigInput['contests'] },
): Promise<ExitStatus> {
  const { signal, host } = context;
  const file = await readConfig(flags.config, host.cwd);
  const runner = await context.runner();
  using reporter = new EvalReporter(context);
  const handle = await runner.startRun(evalConfigOf(flags, file, own), {
    signal,
    observer: reporter.observer,
  });
  context.say(`run folder: ${handle.runDir}`);
  const outcome = await handle.done;
  reporter.finish(outcome.state);
  const summary = contestSummaryOf(outcome.state.plan, outcome.state.trials.values());
  if (summary !== null) {
    if (flags.json === true) printJson(context, await documentOf(runner, outcome, summary, signal));
    else context.out(summarize(summary, outcome));
  }
  if (signal.aborted) return exitStatus.interrupted;
  return outcome.totals.infra_failure > 0 ? exitStatus.infrastructure : exitStatus.done;
}

/** What `--json` prints. */
async function documentOf(
  runner: Runner,
  { runDir, runId, state, totals }: RunOutcome,
  summary: ContestSummary,
  signal: AbortSignal,
): Promise<unknown> {
  const reports = new Map<string, (CandidateReport | null)[]>();
  for (const [trialId, { plan }] of state.trials) {
    const candidates = await runner.readCandidates(runDir, trialId, { signal: never(signal) });
    const known = reports.get(plan.task_id) ?? [];
    reports.set(plan.task_id, [...known, ...candidates.map(({ report }) => report)]);
  }
  const { pass_at_k, ci, n_problems, problems, ...others } = summary;
  return {
    pass_at_k,
    ci,
    n_problems,
    ...others,
    run_dir: runDir,
    run_id: runId,
    totals,
    problems: problems.map((problem) => ({
      ...problem,
      candidates: (reports.get(problem.task_name) ?? []).map(
        (report) => report ?? { verdict: 'not_run', tests: [] },
      ),
    })),
  };
}

/** What there is of an interrupted run is told as well. */
function never(signal: AbortSignal): AbortSignal {
  return signal.aborted ? new AbortController().signal : signal;
}

/** pass@k, then what became of the candidates, then what a reader must know of the problems. */
function summarize(summary: ContestSummary, { totals }: RunOutcome): string {
  const { n_problems: count, bad_references: bad, left_out: leftOut, problems } = summary;
  const estimates = plainTable(['', 'value (95 %)', '']);
  for (const { name, value, note } of passAtKLines(summary)) estimates.push([name, value, note]);
  const verdicts = plainTable(['verdict', 'programs', '%']);
  for (const { verdict, count: programs, share } of verdictCounts(summary))
    verdicts.push([verdict, formatCount(programs), (share * 100).toFixed(1)]);
  const solved = problems.filter(({ c }) => c > 0).length;
  return [
    `${plural(count, 'problem')}, ${formatCount(solved)} solved by a candidate`,
    ...(totals.infra_failure > 0
      ? [`${plural(totals.infra_failure, 'problem')} not judged: infrastructure failures`]
      : []),
    '',
    estimates.toString(),
    '',
    verdicts.toString(),
    ...(bad.length === 0
      ? []
      : [
          '',
          `${plural(bad.length, 'problem')} whose own solutions fail${leftOut.length > 0 ? ', left out' : ''}:`,
          ...bad.map((name) => `  ${name}`),
        ]),
    '',
  ].join('\n');
}
