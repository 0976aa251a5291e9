import type { AgentStep } from '../agents/agent';
import type { StepSummary } from '../model';
import { nodeFacts, outcomeFacts } from '../model';

export type StepFacts = Omit<
  StepSummary,
  'step' | 'agent' | 'tree' | 'flow' | 'offset' | 'bytes' | 'time'
>;

const longest = 160;

/** What the event of a step says of it. */
export function summaryOf(step: AgentStep): StepFacts {
  const facts: Omit<StepFacts, 'summary'> = {
    kind: step.kind,
    tool: null,
    ok: true,
    duration_s: 0,
    usage: null,
  };
  switch (step.kind) {
    case 'message':
      return { ...facts, summary: oneLine(`${step.role}: ${step.content}`) };
    case 'model': {
      const calls = step.tool_calls.map((call) => call.name).join(', ');
      const said = step.text.trim() === '' && calls !== '' ? `calls ${calls}` : step.text;
      return {
        ...facts,
        summary: oneLine(step.end === 'answer' ? said : `${step.end}: ${step.detail ?? step.text}`),
        ok: step.end === 'answer',
        duration_s: step.duration_s,
        usage: step.usage,
      };
    }
    case 'tool':
      return {
        ...facts,
        summary: oneLine(`${step.tool}${described(step.arguments)}${step.ok ? '' : ' ✗'}`),
        tool: step.tool,
        ok: step.ok,
        duration_s: step.duration_s,
      };
    case 'handover':
      return { ...facts, summary: oneLine(`${step.from} → ${step.to}: ${step.content}`) };
    case 'outcome':
      return {
        ...facts,
        summary: oneLine(outcomeSummary(step)),
        outcome: outcomeFacts(step),
        ok: step.decision !== 'fallback',
      };
    case 'node':
      return {
        ...facts,
        summary: oneLine(nodeSummary(step)),
        node: nodeFacts(step),
        ok: !step.buggy,
        duration_s: step.exec_time,
      };
    case 'submission':
      return {
        ...facts,
        summary: `handed in ${String(Buffer.byteLength(step.content))} bytes`,
      };
    case 'end':
      return {
        ...facts,
        summary: oneLine(
          step.detail === null ? step.exit_status : `${step.exit_status}: ${step.detail}`,
        ),
        usage: step.usage ?? null,
      };
  }
}

/** `Fix 2: reverted, 3 of 4 tests passed: an anchor failed` */
function outcomeSummary(step: AgentStep & { readonly kind: 'outcome' }): string {
  const { flow, tests, decision, detail, content } = step;
  const iteration = flow?.iteration ?? null;
  const title = `${flow?.title ?? 'outcome'}${iteration === null ? '' : ` ${String(iteration)}`}`;
  const { passed } = outcomeFacts(step);
  const count =
    tests.length === 0 ? '' : `, ${String(passed)} of ${String(tests.length)} tests passed`;
  return `${title}: ${decision}${count}${ending(detail ?? content)}`;
}

/** `Node 3 (improve of 1): 0.8731, best: A gradient boosting on all columns` */
function nodeSummary({
  node,
  stage,
  parent,
  metric,
  buggy,
  best,
  exc_type: error,
  plan,
}: AgentStep & { readonly kind: 'node' }): string {
  const from = parent === null ? stage : `${stage} of ${String(parent)}`;
  const worth = buggy ? (error ?? 'broken') : metric === null ? 'no metric' : String(metric);
  return `Node ${String(node)} (${from}): ${worth}${best ? ', best' : ''}${ending(plan)}`;
}

function ending(text: string): string {
  return text.trim() === '' ? '' : `: ${text}`;
}

/** The arguments that tell calls of a tool apart: `read_file src/a.py`, `shell pytest -q`. */
function described(args: unknown): string {
  if (typeof args === 'string') return ` ${args}`;
  if (typeof args !== 'object' || args === null) return '';
  const [first] = Object.values(args).filter((value) => typeof value === 'string');
  return first === undefined ? '' : ` ${first}`;
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
