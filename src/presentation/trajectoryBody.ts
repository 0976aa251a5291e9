import { languageName } from './flowLabels';
import { outcomeView } from './flowOutcome';
import type { ToolCall, TrajectoryStep } from '../runner/index';
import { formatBytes, formatCost, formatCount, formatDuration, stripAnsi } from './format';
import type { WholeBlock } from './trajectoryArguments';
import { argumentBlocks, argumentLine, block, isPatch } from './trajectoryArguments';
import type { StepBlock, StepBodyView } from './trajectoryMessages';
import { causeLabel } from './trialLabels';

/** Longer texts reach the page when they are asked for. */
export const textLimit = 6000;
export const lineLimit = 80;

/** An opened step: its texts in the forms that they are read in, and what is to be known beside. */
export function bodyOf(step: TrajectoryStep, options: { readonly whole: boolean }): StepBodyView {
  return {
    step: step.step,
    blocks: blocksOf(step).map((whole) => (options.whole ? { ...whole, omitted: 0 } : cut(whole))),
    facts: factsOf(step),
    wholeOutput: step.kind === 'tool' && step.output_file !== null,
    outcome: step.kind === 'outcome' ? outcomeView(step) : null,
  };
}

function cut(whole: WholeBlock): StepBlock {
  const { text } = whole;
  const length = shownLength(text);
  // A little more than the limit is shown at once: a button would be more to read than what it hides.
  return text.length - length < textLimit / 10
    ? { ...whole, omitted: 0 }
    : { ...whole, text: text.slice(0, length), omitted: text.length - length };
}

/** As many whole lines as fit, unless one of them is most of the text by itself. */
function shownLength(text: string): number {
  let end = -1;
  for (let line = 0; line < lineLimit; line += 1) {
    const next = text.indexOf('\n', end + 1);
    const stop = next === -1 ? text.length : next;
    if (stop > textLimit) return end < textLimit / 2 ? textLimit : end;
    if (next === -1) return text.length;
    end = next;
  }
  return end;
}

function blocksOf(step: TrajectoryStep): readonly WholeBlock[] {
  switch (step.kind) {
    case 'message':
      return prose(step.content);
    case 'model':
      return modelBlocks(step);
    case 'tool':
      return [...argumentBlocks(step.arguments), output(step)];
    case 'handover':
      return prose(step.content);
    case 'node':
      return nodeBlocks(step);
    case 'outcome':
      return [
        ...prose(step.content),
        // Folded: what one reads is its difference.
        ...(step.code === null
          ? []
          : [
              {
                ...block('code'),
                title: `Program (${languageName(step.code.language)})`,
                folded: true,
                text: step.code.source,
              },
            ]),
      ];
    case 'submission':
      return [{ ...block(isPatch(step.content) ? 'diff' : 'code'), text: step.content }];
    case 'end':
      return step.detail === null ? [] : prose(step.detail);
  }
}

function modelBlocks(step: Extract<TrajectoryStep, { kind: 'model' }>): readonly WholeBlock[] {
  const { reasoning, tool_calls: calls, detail } = step;
  return [
    ...(reasoning === null || reasoning.trim() === ''
      ? []
      : [{ ...block('prose'), title: 'Reasoning', text: reasoning, folded: true }]),
    ...prose(step.text),
    ...(calls.length === 0
      ? []
      : [{ ...block('code'), title: 'Calls', text: calls.map(callLine).join('\n') }]),
    ...(step.end === 'answer'
      ? []
      : [
          {
            ...block('error'),
            text: `${causeLabel(step.end)}${detail === null ? '' : `: ${detail}`}`,
          },
        ]),
  ];
}

/** What was called is told in full by the step of the tool itself. */
function callLine({ name, arguments: text }: ToolCall): string {
  return `${name} ${argumentLine(text)}`.trim();
}

function output(step: Extract<TrajectoryStep, { kind: 'tool' }>): WholeBlock {
  const text = stripAnsi(step.output);
  return step.ok
    ? { ...block(isPatch(text) ? 'diff' : 'code'), title: 'Output', text }
    : { ...block('error'), title: 'Failed', text };
}

/** Text of a person or a model: what stands between fences is code. */
export function prose(text: string): readonly WholeBlock[] {
  const blocks: WholeBlock[] = [];
  let lines: string[] = [];
  let fence: string | null = null;
  const flush = (): void => {
    const content = lines.join('\n');
    lines = [];
    if (content.trim() === '') return;
    const form = fence === null ? 'prose' : isPatch(content) ? 'diff' : 'code';
    blocks.push({ ...block(form), text: form === 'prose' ? content.trim() : content });
  };
  for (const line of text.split('\n')) {
    const [, mark] = /^\s*(`{3,}|~{3,})/.exec(line) ?? [];
    if (mark !== undefined && (fence === null || mark.startsWith(fence))) {
      flush();
      fence = fence === null ? mark : null;
    } else {
      lines.push(line);
    }
  }
  flush();
  return blocks;
}

function factsOf(step: TrajectoryStep): StepBodyView['facts'] {
  switch (step.kind) {
    case 'model':
      return modelFacts(step);
    case 'tool':
      return [
        { name: 'Time', value: formatDuration(step.duration_s) },
        { name: 'Output', value: formatBytes(step.output_bytes) },
      ];
    case 'node':
      return nodeBodyFacts(step);
    case 'message':
    case 'handover':
    case 'outcome':
    case 'submission':
    case 'end':
      return [];
  }
}

function nodeBlocks(step: Extract<TrajectoryStep, { kind: 'node' }>): readonly WholeBlock[] {
  return [
    ...prose(step.plan),
    { ...block('code'), title: 'Solution', folded: true, text: step.code },
    { ...block(step.exc_type === null ? 'code' : 'error'), title: 'Output', text: step.term_out },
    ...prose(step.analysis),
  ];
}

function nodeBodyFacts(step: Extract<TrajectoryStep, { kind: 'node' }>): StepBodyView['facts'] {
  return [
    { name: 'Node', value: String(step.node) },
    { name: 'Made from', value: step.parent === null ? 'nothing' : `node ${String(step.parent)}` },
    { name: 'Metric', value: step.metric === null ? 'none' : String(step.metric) },
    { name: 'Time', value: formatDuration(step.exec_time) },
    ...(step.exc_type === null ? [] : [{ name: 'Ended by', value: step.exc_type }]),
  ];
}

function modelFacts(step: Extract<TrajectoryStep, { kind: 'model' }>): StepBodyView['facts'] {
  const { usage } = step;
  const input = usage.cached_tokens === 0 ? '' : ` (${formatCount(usage.cached_tokens)} cached)`;
  const output =
    usage.reasoning_tokens === 0 ? '' : ` (${formatCount(usage.reasoning_tokens)} reasoning)`;
  return [
    { name: 'Model', value: step.model },
    { name: 'In', value: `${formatCount(usage.prompt_tokens)} tokens${input}` },
    { name: 'Out', value: `${formatCount(usage.completion_tokens)} tokens${output}` },
    ...(usage.estimated ? [{ name: 'Counted by', value: 'estimate' }] : []),
    { name: 'Cost', value: formatCost(usage.cost) },
    { name: 'Time', value: formatDuration(step.duration_s) },
    ...(step.attempts > 1 ? [{ name: 'Requests', value: String(step.attempts) }] : []),
    ...(step.cached ? [{ name: 'Answered by', value: 'cache' }] : []),
  ];
}
