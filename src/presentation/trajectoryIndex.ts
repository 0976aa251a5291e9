import type { StepSummary } from '../runner/index';
import type { StepRow } from './trajectoryMessages';

/** What the list shows of a step, from what its event says. */
export function rowOf(summary: StepSummary): StepRow {
  const { usage } = summary;
  return {
    step: summary.step,
    kind: summary.kind,
    ...speaker(summary),
    agent: summary.agent,
    ok: summary.ok,
    changes: summary.tree !== null || summary.outcome?.program === 'changed',
    seconds: summary.duration_s,
    time: Date.parse(summary.time),
    usage:
      usage === null
        ? null
        : {
            input: usage.prompt_tokens,
            output: usage.completion_tokens,
            cost: usage.cost,
            estimated: usage.estimated,
          },
    flow: summary.flow ?? null,
    outcome: summary.outcome ?? null,
  };
}

/** Summaries begin with who speaks, for lists without columns; here it has its own place. */
function speaker({ kind, tool, summary, ok }: StepSummary): Pick<StepRow, 'who' | 'text'> {
  switch (kind) {
    case 'message': {
      const [, role = 'message', text = summary] = /^(\w+): ?(.*)$/s.exec(summary) ?? [];
      return { who: capital(role), text };
    }
    case 'model':
      return { who: 'Model', text: summary };
    case 'tool': {
      const name = tool ?? 'tool';
      const rest = summary.startsWith(name) ? summary.slice(name.length).trim() : summary;
      return { who: name, text: ok ? rest : rest.replace(/ ?✗$/, '') };
    }
    case 'handover': {
      const [, who = 'Handover', text = summary] =
        /^(.{1,60}? → [^:]{1,60}): ?(.*)$/s.exec(summary) ?? [];
      return { who, text };
    }
    case 'outcome': {
      const [, who = 'Outcome', text = summary] = /^([^:]{1,60}): ?(.*)$/s.exec(summary) ?? [];
      // What was decided has a place of its own.
      return { who, text: text.replace(/^[a-z]+(?:[,:] ?|$)/, '') };
    }
    case 'node': {
      const [, who = 'Node', text = summary] = /^([^:]{1,60}): ?(.*)$/s.exec(summary) ?? [];
      return { who, text };
    }
    case 'submission':
      return { who: 'Submission', text: summary };
    case 'end':
      return {
        who: 'End',
        text: summary.replace(/^[a-z_]+/, (status) => status.replaceAll('_', ' ')),
      };
  }
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
