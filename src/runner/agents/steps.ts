import type { Completion } from '../llm/model';
import type { AgentStep } from './agent';
import type { ToolCallOutcome } from './toolbox';

/** A model's answer, or what became of the question, as a step. */
export function modelStep(model: string, completion: Completion): AgentStep & { kind: 'model' } {
  const answer = completion.kind === 'answer' ? completion : null;
  return {
    kind: 'model',
    model,
    text: answer?.text ?? '',
    reasoning: answer?.reasoning ?? null,
    tool_calls: [...(answer?.toolCalls ?? [])],
    end: answer?.truncated === true ? 'truncated' : completion.kind,
    detail: completion.kind === 'answer' ? null : completion.detail,
    usage: completion.usage,
    duration_s: completion.durationMs / 1000,
    cached: completion.cached,
    attempts: completion.attempts,
  };
}

/** A call of one of the task's tools as a step. */
export function toolStep(
  call: { readonly id: string; readonly name: string },
  outcome: ToolCallOutcome,
): AgentStep & { kind: 'tool' } {
  return {
    kind: 'tool',
    call_id: call.id,
    tool: call.name,
    arguments: outcome.args,
    ok: outcome.ok,
    output: outcome.text,
    output_bytes: outcome.bytes,
    duration_s: outcome.durationMs / 1000,
    changesFiles: outcome.changesFiles,
    ...(outcome.whole === undefined ? {} : { whole: outcome.whole }),
  };
}
