import type { FlowTest, OutcomeStep, StepBody, TrajectoryStep } from '../model';
import { tokensOf } from '../model';

/** A step as a section of a Markdown document that any content survives. */
export function stepMarkdown(step: TrajectoryStep): string {
  const { title, parts } = sectionOf(step);
  const who = step.agent === null ? flowName(step) : ` (${step.agent})`;
  return [`## ${String(step.step)}. ${title}${who}`, ...parts].join('\n\n');
}

interface Section {
  readonly title: string;
  readonly parts: readonly string[];
}

function sectionOf(step: StepBody): Section {
  switch (step.kind) {
    case 'message':
      return { title: step.role === 'system' ? 'System' : 'User', parts: [quoted(step.content)] };
    case 'model':
      return modelSection(step);
    case 'tool':
      return toolSection(step);
    case 'handover':
      return { title: `${step.from} → ${step.to}`, parts: [quoted(step.content)] };
    case 'outcome':
      return outcomeSection(step);
    case 'node':
      return nodeSection(step);
    case 'submission':
      return { title: 'Handed in', parts: [fenced(step.content, 'diff')] };
    case 'end':
      return {
        title: `End: ${step.exit_status}`,
        parts: step.detail === null ? [] : [quoted(step.detail)],
      };
  }
}

function nodeSection(step: Extract<StepBody, { kind: 'node' }>): Section {
  const facts = [
    step.parent === null ? step.stage : `${step.stage} of node ${String(step.parent)}`,
    `${step.exec_time.toFixed(2)} s`,
    `metric ${step.metric === null ? 'none' : String(step.metric)}`,
    ...(step.exc_type === null ? [] : [inline(step.exc_type)]),
    ...(step.buggy ? ['**broken**'] : []),
    ...(step.best ? ['**best so far**'] : []),
  ];
  return {
    title: `Node ${String(step.node)}`,
    parts: [
      facts.join(' · '),
      quoted(step.plan),
      fenced(step.code, 'python'),
      fenced(step.term_out, 'text'),
      quoted(step.analysis),
    ],
  };
}

function modelSection(step: Extract<StepBody, { kind: 'model' }>): Section {
  const facts = [
    inline(step.model),
    `${step.duration_s.toFixed(2)} s`,
    `${String(tokensOf(step.usage))} tokens`,
    ...(step.usage.cost === null ? [] : [`$${step.usage.cost.toFixed(4)}`]),
    ...(step.cached ? ['from the cache'] : []),
    ...(step.end === 'answer' ? [] : [`**${step.end}**`]),
  ];
  return {
    title: 'Model',
    parts: [
      facts.join(' · '),
      ...(step.detail === null ? [] : [quoted(step.detail)]),
      ...(step.reasoning === null ? [] : ['Reasoning:', quoted(step.reasoning)]),
      ...(step.text.trim() === '' ? [] : [quoted(step.text)]),
      ...step.tool_calls.flatMap((call) => [
        `Calls ${inline(call.name)}:`,
        fenced(call.arguments, 'json'),
      ]),
    ],
  };
}

function toolSection(step: Extract<StepBody, { kind: 'tool' }>): Section {
  const args =
    typeof step.arguments === 'string' ? step.arguments : JSON.stringify(step.arguments, null, 2);
  const whole =
    step.output_file === null
      ? []
      : [`All ${String(step.output_bytes)} bytes are in ${inline(step.output_file)}.`];
  return {
    title: `${inline(step.tool)}${step.ok ? '' : ' failed'}`,
    parts: [`${step.duration_s.toFixed(2)} s`, fenced(args, 'json'), fenced(step.output), ...whole],
  };
}

/** ` (Fix on public tests 2)` */
function flowName({ flow }: TrajectoryStep): string {
  if (flow === undefined) return '';
  return ` (${flow.title}${flow.iteration === null ? '' : ` ${String(flow.iteration)}`})`;
}

function outcomeSection({ decision, detail, content, code, tests }: OutcomeStep): Section {
  return {
    title: `Outcome: ${decision}`,
    parts: [
      ...(detail === null ? [] : [quoted(detail)]),
      ...(content.trim() === '' ? [] : [quoted(content)]),
      ...(code === null ? [] : [fenced(code.source, code.language)]),
      ...(tests.length === 0 ? [] : [tests.map(testLine).join('\n')]),
    ],
  };
}

function testLine({ name, verdict, anchor }: FlowTest): string {
  return `- ${inline(name)}${anchor ? ' (anchor)' : ''}: ${verdict}`;
}

/** Text in a fence that is longer than every fence in it. */
function fenced(text: string, language = 'text'): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`;
}

/** Text with its own Markdown as it was written, which no fence or heading in it can leave. */
function quoted(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}

function inline(text: string): string {
  const fence = '`'.repeat(longestRun(text) + 1);
  const space = fence.length > 1 ? ' ' : '';
  return `${fence}${space}${text.replaceAll('\n', ' ')}${space}${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
