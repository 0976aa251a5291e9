import type { Command } from 'commander';
import type { RunObserver, RunOutcome } from '../../runner/index';
import { RunnerError } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import type { SolveFlags } from '../genFlags';
import { addSetFlags } from '../contestFlags';
import { addSolveFlags, solveConfig } from '../genFlags';
import { problemText, setText, solvedDocument, solvedProblems } from '../genReport';
import { addModelFlags, addSpendingFlags } from '../modelFlags';
import type { RunFlags } from '../runFlags';
import { configOf } from '../runFlags';
import { readConfig } from '../readConfig';
import { runReporter } from '../runReporter';

interface AskFlags extends Omit<RunFlags, 'prompt'> {
  readonly prompt: string;
  readonly system?: string;
}

export function addGenCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  const gen = program
    .command('gen')
    .description('ask a model, and solve contest problems with the AlphaCodium flow');
  const ask = gen
    .command('ask')
    .description('ask the model one question and print its answer')
    .requiredOption('--prompt <text>', 'the question')
    .option('--system <text>', 'what the model is told before it')
    .option('--config <file>', 'defaults from a JSON or YAML file; flags override them');
  addSpendingFlags(addModelFlags(ask))
    .option('--json', 'print one JSON document')
    .action(async (flags: AskFlags) => {
      done(await askModel(context, flags));
    });
  addSolveFlags(
    gen
      .command('solve-problem')
      .description('solve one problem of a dataset, or one of your own, and print the program')
      .option('--problem-name <name>', 'which problem of the dataset')
      .option('--problem-file <file>', 'a problem of your own: YAML, JSON or Markdown'),
  ).action(async (flags: SolveFlags) => {
    if (flags.problemFile === undefined && flags.problemName === undefined)
      throw new RunnerError(
        'invalid-config',
        'Say which problem: --problem-name or --problem-file.',
      );
    done(await solve(context, flags, 'problem'));
  });
  addSetFlags(
    addSolveFlags(
      gen
        .command('solve-set')
        .description('solve the problems of a dataset, and tell how many were solved'),
    ),
  ).action(async (flags: SolveFlags) => {
    done(await solve(context, flags, 'set'));
  });
}

async function askModel(
  context: CliContext,
  { prompt, system, ...flags }: AskFlags,
): Promise<ExitStatus> {
  const file = await readConfig(flags.config, context.host.cwd);
  const config = { ...file, ...configOf({ ...flags, testsBefore: true }, file) };
  const json = flags.json === true;
  const runner = await context.runner();
  const answer = await runner.ask(
    config,
    { prompt, system },
    { signal: context.signal, ...(json ? {} : { onText: context.out }) },
  );
  if (json) printJson(context, answer);
  else if (answer.text !== '' && !answer.text.endsWith('\n')) context.out('\n');
  if (answer.end === 'answer') return exitStatus.done;
  context.say(`${answer.end}${answer.detail === null ? '' : `: ${answer.detail}`}`);
  return answer.end === 'failed' ? exitStatus.infrastructure : exitStatus.done;
}

async function solve(
  context: CliContext,
  flags: SolveFlags,
  what: 'problem' | 'set',
): Promise<ExitStatus> {
  const { signal, host } = context;
  const config = solveConfig(flags, await readConfig(flags.config, context.host.cwd), host.cwd);
  const runner = await context.runner();
  const handle = await runner.startRun(config, { signal, observer: flowReporter(context) });
  context.say(`run folder: ${handle.runDir}`);
  const outcome = await handle.done;
  const problems = await solvedProblems(runner, outcome);
  if (flags.json === true) printJson(context, solvedDocument(outcome, problems));
  else if (what === 'set') context.out(setText(problems, config.attempts ?? 1));
  else for (const problem of problems) context.out(problemText(problem));
  return endOf(outcome, signal);
}

/** What every run tells, and what the stages of each flow come to. */
function flowReporter(context: CliContext): RunObserver {
  const reporter = runReporter(context);
  return {
    ...reporter,
    onEvent: (event, state) => {
      if (event.type === 'agent.step' && event.kind === 'outcome')
        context.say(`  ${event.trial}: ${event.summary}`);
      reporter.onEvent?.(event, state);
    },
  };
}

function endOf({ totals, state }: RunOutcome, signal: AbortSignal): ExitStatus {
  if (signal.aborted) return exitStatus.interrupted;
  if (totals.infra_failure > 0) return exitStatus.infrastructure;
  return state.phase === 'cancelled' ? exitStatus.interrupted : exitStatus.done;
}
