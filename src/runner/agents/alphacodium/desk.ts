import type { ContestProgram, ContestRun, FlowDecision, FlowPlace } from '../../model';
import { solutionFiles } from '../../model';
import type { AgentContext } from '../agent';
import { flowTests } from './programs';

/** What a stage, or one iteration of it, came to. */
export interface Outcome {
  readonly place: FlowPlace;
  readonly decision: FlowDecision;
  readonly detail?: string | null;
  /** Markdown. */
  readonly content?: string;
  /** A program that was proposed. */
  readonly program?: ContestProgram;
  readonly run?: ContestRun;
  readonly anchors?: ReadonlySet<string>;
}

/** Holds the program that stands, and tells what became of every other one. */
export class Desk {
  readonly #context: AgentContext;
  #program: ContestProgram | null = null;

  constructor(context: AgentContext) {
    this.#context = context;
  }

  /** What would be handed in now. */
  get program(): ContestProgram | null {
    return this.#program;
  }

  /** Records an outcome. A program that is kept stands from now on: also on disk, so that no end loses it. */
  async conclude({
    place,
    decision,
    detail = null,
    content = '',
    program,
    run,
    anchors,
  }: Outcome): Promise<void> {
    const previous = this.#program;
    const stands = decision === 'kept' && program !== undefined;
    if (stands) await this.#put(program);
    await this.#context.record({
      kind: 'outcome',
      flow: place,
      content,
      code: program ?? null,
      previous: program === undefined ? null : previous,
      tests: run === undefined ? [] : flowTests(run, anchors),
      decision,
      detail,
      changesFiles: stands,
    });
  }

  async #put(program: ContestProgram): Promise<void> {
    this.#program = program;
    const { sandbox, signal } = this.#context;
    const file = solutionFiles.find(({ language }) => language === program.language);
    if (file === undefined) return;
    const place = await sandbox();
    await place.writeFile(`${place.workdir}/${file.name}`, program.source, { signal });
  }
}
