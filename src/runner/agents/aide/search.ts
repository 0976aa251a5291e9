import { posix } from 'node:path';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { MleTask } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import type { AgentContext } from '../agent';
import { agentFolders, submissionFile } from '../../benchmarks/mle/layout';
import type { Prompts } from '../prompts';
import type { Stopped } from '../questions';
import { toolStep } from '../steps';
import { Toolbox } from '../toolbox';
import type { Assignment } from './assignment';
import { assignmentOf } from './assignment';
import { Clock } from './clock';
import { lookAtData } from './dataLook';
import { Interview } from './interview';
import type { SolutionNode } from './journal';
import { Journal, journalLine } from './journal';
import type { FormatCheck, RunFacts } from './judgement';
import { findingsOf, isPresentable, judge } from './judgement';
import type { Move } from './policy';
import { chanceOf, nextMove } from './policy';
import type { ProgramRun } from './programRun';
import { programRun } from './programRun';
import type { Proposal } from './proposal';
import { reviewRun } from './reviewer';
import { SearchFolders } from './searchFolders';
import { SolutionWriter } from './solutionWriter';

/** The program that is run, in `agentFolders.code`. */
const programName = 'solution.py';

/** What is kept of a program's output while it runs, of stdout and of stderr each. */
const keptBytes = 16 * 1024 ** 2;

/** Steps in a row without a program before the search ends. */
const mostUseless = 3;

/** A tool by which a benchmark says whether the format of what is handed in is right, and never more. */
const formatTool = 'validate_submission';

const outOfTime: Stopped = { kind: 'stopped', exitStatus: 'time', detail: null };

interface SearchParts {
  readonly context: AgentContext;
  readonly sandbox: Sandbox;
  readonly toolbox: Toolbox;
  readonly interview: Interview;
  readonly writer: SolutionWriter;
  readonly assignment: Assignment;
}

/** The tree search over whole solutions of one trial. */
export class Search {
  readonly #parts: SearchParts;
  readonly #journal: Journal;
  readonly #folders: SearchFolders;
  readonly #clock: Clock;
  readonly #random: RandomGenerator;

  static async open(context: AgentContext, task: MleTask, prompts: Prompts): Promise<Search> {
    const { signal } = context;
    const sandbox = await context.sandbox();
    const toolbox = new Toolbox(await context.tools());
    const interview = new Interview(context, prompts);
    const look = await lookAtData(sandbox, { signal });
    const assignment = assignmentOf(task);
    const writer = new SolutionWriter({ context, interview, look, assignment });
    return new Search({ context, sandbox, toolbox, interview, writer, assignment });
  }

  private constructor(parts: SearchParts) {
    const { context, sandbox, assignment } = parts;
    const { config, attempt, signal } = context;
    this.#parts = parts;
    this.#journal = new Journal(assignment);
    this.#folders = new SearchFolders(sandbox, { signal });
    this.#clock = new Clock(context);
    this.#random = chanceOf(config.seed, attempt);
  }

  /** The solution that is handed in. */
  get standing(): SolutionNode | null {
    const { standing } = this.#folders;
    return standing === null ? null : (this.#journal.nodes[standing] ?? null);
  }

  get solutions(): number {
    return this.#journal.nodes.length;
  }

  /** Makes so many steps; what ended the search before. What stands is in its place whatever happens. */
  async run(steps: number): Promise<Stopped | null> {
    let useless = 0;
    for (let step = 0; step < steps; step += 1) {
      const made = await this.#step(steps - step);
      if (made === 'solution') useless = 0;
      else if ('kind' in made) return made;
      else {
        useless += 1;
        const detail = `${String(useless)} steps in a row without a program: ${made.problem}`;
        if (useless >= mostUseless) return { kind: 'stopped', exitStatus: 'format_error', detail };
      }
    }
    return null;
  }

  /** One solution more, or why there is none. */
  async #step(stepsLeft: number): Promise<'solution' | { readonly problem: string } | Stopped> {
    const { context, writer } = this.#parts;
    const { aide } = context.config;
    const expected = this.#clock.runMs(aide.exec_timeout);
    if (expected === null) return outOfTime;
    const move = nextMove(this.#journal, aide, this.#random);
    const left = { steps: stepsLeft, timeMs: this.#clock.leftMs, runMs: expected };
    const written = await writer.write(move, this.#journal, left);
    if (written.kind === 'stopped') return written;
    if (written.kind === 'unreadable') return { problem: written.problem };
    const runMs = this.#clock.runMs(aide.exec_timeout);
    if (runMs === null) return outOfTime;
    const facts = await this.#try(written.value, runMs);
    return (await this.#conclude(move, written.value, facts)) ?? 'solution';
  }

  /** Runs a program and takes what it leaves. */
  async #try({ code }: Proposal, limitMs: number): Promise<RunFacts> {
    const { context, assignment } = this.#parts;
    const { max_submission: mostBytes } = context.config.mle;
    const wanted = assignment.files;
    const node = this.#journal.nodes.length;
    const work = async (): Promise<Pick<RunFacts, 'run' | 'format'>> => {
      const run = await this.#runProgram(code, limitMs);
      return { run, format: run.excType === null ? await this.#checkFormat(node) : null };
    };
    const { made, left } = await this.#folders.aside(node, work, {
      program: code,
      mostBytes,
      wanted,
    });
    return { ...made, left, wanted };
  }

  async #runProgram(code: string, limitMs: number): Promise<ProgramRun> {
    const { sandbox, context } = this.#parts;
    const { signal, show } = context;
    await sandbox.writeFile(posix.join(agentFolders.code, programName), code, { signal });
    const said: string[] = [];
    const exec = await sandbox.exec(['python3', '-u', programName], {
      cwd: agentFolders.code,
      env: { PYTHONDONTWRITEBYTECODE: '1', MPLBACKEND: 'Agg' },
      timeoutMs: limitMs,
      outputLimitBytes: keptBytes,
      onOutput: (text) => {
        said.push(text);
        show(text);
      },
      signal,
    });
    return programRun(exec, said.join(''), { limitMs });
  }

  /** Whether the format is right, where the benchmark can tell; what takes too long is not known. */
  async #checkFormat(node: number): Promise<FormatCheck | null> {
    const { sandbox, toolbox, context, assignment } = this.#parts;
    const { signal, record } = context;
    const known = toolbox.specs.some(({ name }) => name === formatTool);
    if (!known || !assignment.files.includes(submissionFile)) return null;
    const file = posix.join(agentFolders.submission, submissionFile);
    const there = await sandbox.exec(['test', '-f', file], { timeoutMs: 10_000, signal });
    if (there.exitCode !== 0) return null;
    const limit = AbortSignal.timeout(Math.max(1, Math.floor(this.#clock.leftMs)));
    const call = { id: `format_${String(node)}`, name: formatTool, arguments: '{}' };
    try {
      const outcome = await toolbox.call(call, { signal: AbortSignal.any([signal, limit]) });
      await record(toolStep(call, outcome));
      return { ok: outcome.ok, text: outcome.text };
    } catch (error) {
      signal.throwIfAborted();
      if (limit.aborted) return null;
      throw error;
    }
  }

  /** Has a run reviewed, enters it in the journal and lets the best solution stand. */
  async #conclude(move: Move, { plan, code }: Proposal, facts: RunFacts): Promise<Stopped | null> {
    const node = this.#journal.nodes.length;
    const { termOut, execTime, excType } = facts.run;
    const findings = findingsOf(facts);
    // The time may be over before the review is there.
    if (isPresentable(facts)) await this.#folders.stopgap(node, code);
    const { review, stopped } = await this.#review({ code, termOut, findings });
    const parent = move.parent?.node ?? null;
    const own = { node, parent, stage: move.stage, plan, code, termOut, execTime, excType };
    await this.#enter({ ...own, findings, ...judge(facts, review) });
    return stopped;
  }

  async #review(
    run: Parameters<typeof reviewRun>[0],
  ): Promise<{ readonly review: Parameters<typeof judge>[1]; readonly stopped: Stopped | null }> {
    if (this.#clock.leftMs === 0)
      return { review: 'there was no time left to review it', stopped: outOfTime };
    const asked = await reviewRun(run, this.#parts);
    switch (asked.kind) {
      case 'answer':
        return { review: asked.value, stopped: null };
      case 'unreadable':
        return { review: `its review cannot be used: ${asked.problem}`, stopped: null };
      case 'stopped':
        return { review: 'it was not reviewed any more', stopped: asked };
    }
  }

  async #enter(made: SolutionNode): Promise<void> {
    const { task, attempt, record } = this.#parts.context;
    this.#journal.add(made);
    const line = journalLine(made, { taskId: task.taskId, attempt });
    await this.#folders.settle(this.#journal, line);
    const { node, parent, stage, plan, code, analysis, metric, buggy } = made;
    await record({
      kind: 'node',
      ...{ node, parent, stage, plan, code, analysis, metric, buggy },
      lower_is_better: made.lowerIsBetter,
      best: !buggy && this.#folders.standing === node,
      term_out: made.termOut,
      exec_time: made.execTime,
      exc_type: made.excType,
      changesFiles: true,
    });
  }
}
