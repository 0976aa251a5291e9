import type { AgentStep } from '../agents/agent';
import { summaryOf } from './stepSummary';

/** Lines of a tool's output that are shown as it works; all of it is in the trajectory. */
const mostLines = 12;

/** What an agent does, as it is shown while it works: its model's words as they come, its steps on lines of their own. */
export class LiveOutput {
  readonly #log: (text: string) => void;
  #midLine = false;

  constructor(log: (text: string) => void) {
    this.#log = log;
  }

  text(text: string): void {
    if (text === '') return;
    this.#midLine = !text.endsWith('\n');
    this.#log(text);
  }

  step(step: AgentStep): void {
    this.text(`${this.#midLine ? '\n' : ''}${liveText(step)}`);
  }
}

/** A step as the agent's live output shows it. A model's text was shown as it came, so only what it led to is said. */
function liveText(step: AgentStep): string {
  const who = step.agent === undefined ? '' : `[${step.agent}] `;
  switch (step.kind) {
    case 'message':
      return step.role === 'system' ? '' : `${who}${step.content}\n\n`;
    case 'model':
      return step.end === 'answer' ? '' : `${who}${summaryOf(step).summary}\n`;
    case 'tool':
      return `${who}▸ ${summaryOf(step).summary}\n${indented(step.output)}\n`;
    case 'node': // its output was shown as it came
    case 'handover':
    case 'outcome':
    case 'submission':
    case 'end':
      return `${who}${summaryOf(step).summary}\n`;
  }
}

function indented(output: string): string {
  const lines = output.trimEnd().split('\n');
  const shown =
    lines.length <= mostLines
      ? lines
      : [...lines.slice(0, mostLines), `… ${String(lines.length - mostLines)} more lines`];
  return shown.map((line) => `    ${line}\n`).join('');
}
