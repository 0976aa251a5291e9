import type { AgentContext } from '../agent';
import { cutInTheMiddle } from '../cutText';
import type { PromptName } from '../prompts';
import type { Assignment } from './assignment';
import { roundDuration } from './clock';
import type { DataLook } from './dataLook';
import type { Asked, Interview } from './interview';
import type { Journal, SolutionNode } from './journal';
import { memoryPart } from './memory';
import { agentFolders } from '../../benchmarks/mle/layout';
import type { Move } from './policy';
import type { PromptPart } from './promptRoom';
import { blockPart, cutPart } from './promptRoom';
import type { Proposal } from './proposal';
import { readProposal } from './proposal';

/** Bytes of a program's output that a prompt has. */
const shownOutput = 6 * 1024;

/** What is left to work with. */
export interface Left {
  readonly steps: number;
  readonly timeMs: number;
  readonly runMs: number;
}

const prompts = {
  draft: 'aide.draft',
  debug: 'aide.debug',
  improve: 'aide.improve',
} as const satisfies Record<Move['stage'], PromptName>;

const wanted =
  'Answer again with some sentences that say what the program does, then the whole program in one block that begins with ```python.';

export interface WriterParts {
  readonly context: AgentContext;
  readonly interview: Interview;
  readonly look: DataLook;
  readonly assignment: Assignment;
}

/** Has the model write solutions. */
export class SolutionWriter {
  readonly #parts: WriterParts;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  async write(move: Move, journal: Journal, left: Left): Promise<Asked<Proposal>> {
    const { context, interview } = this.#parts;
    const { max_output_tokens: maxTokens, aide } = context.config;
    return await interview.ask({
      role: 'coder',
      system: 'aide.system',
      prompt: prompts[move.stage],
      parts: this.#promptParts(move.parent, journal),
      values: this.#values(move.parent, journal, left),
      temperature: aide.code_temperature,
      read: (answer) => readProposal(answer, { maxTokens }),
      wanted,
    });
  }

  #promptParts(parent: SolutionNode | null, journal: Journal): readonly PromptPart[] {
    const { context, look } = this.#parts;
    return [
      memoryPart(journal),
      cutPart('data', look.preview, { least: 5000 }),
      outputPart(parent?.termOut ?? '', { least: 1500 }),
      cutPart('statement', context.brief.statement, { least: 3000 }),
      blockPart('code', parent?.code ?? '', { least: 8000, language: 'python' }),
    ];
  }

  #values(
    parent: SolutionNode | null,
    journal: Journal,
    { steps, timeMs, runMs }: Left,
  ): Readonly<Record<string, string>> {
    const { look, assignment } = this.#parts;
    return {
      workdir: agentFolders.code,
      data_folder: agentFolders.data,
      machine: look.machine,
      hand_in: assignment.handIn,
      score: assignment.score,
      steps_left: String(steps),
      time_left: roundDuration(timeMs),
      run_time: roundDuration(runMs),
      metric: String(parent?.metric ?? ''),
      better: journal.lowerIsBetter ? 'lower' : 'higher',
      findings: parent?.findings ?? '',
      analysis: parent?.analysis ?? '',
    };
  }
}

/** A program's output in a prompt. */
export function outputPart(termOut: string, { least }: { readonly least: number }): PromptPart {
  const shown = cutInTheMiddle(termOut, shownOutput).text;
  return blockPart('output', shown.trim() === '' ? '(nothing)' : shown, { least, language: '' });
}
