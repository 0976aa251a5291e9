import { createHash } from 'node:crypto';
import type { Completion } from '../llm/model';
import type { ChatMessage } from '../model';
import type { AgentContext, AgentStep } from './agent';
import { cutInTheMiddle } from './cutText';
import { modelStep } from './steps';
import { usualOutputLimit } from './toolbox';

/**
 * Records the conversations that a program of somebody else's leads with the model. It is not told what the program
 * does, but every request repeats all that was said: what is new in it is what happened since the last answer.
 */
export class OverheardConversations {
  readonly #record: AgentContext['record'];
  /** How often each message was heard in one request at most: the same words may be said again. */
  readonly #heard = new Map<string, number>();
  #answeredAt: number | null = null;
  #recordedS = 0;

  constructor(record: AgentContext['record']) {
    this.#record = record;
  }

  /** Seconds that its steps account for. */
  get recordedS(): number {
    return this.#recordedS;
  }

  /** A request arrived. What it led to in the working tree belongs to its last new message. */
  async asked(messages: readonly ChatMessage[]): Promise<void> {
    const fresh = this.#unheard(messages);
    const results = fresh.filter((message) => message.role === 'tool').length;
    const sinceAnswer = this.#answeredAt === null ? 0 : performance.now() - this.#answeredAt;
    const eachS = results === 0 ? 0 : sinceAnswer / 1000 / results;
    this.#recordedS += eachS * results;
    for (const [index, message] of fresh.entries()) {
      const step = stepOf(message, { calls: callsOf(messages), durationS: eachS });
      await this.#record({ ...step, changesFiles: index === fresh.length - 1 });
    }
  }

  async answered(model: string, completion: Completion): Promise<void> {
    this.#answeredAt = performance.now();
    this.#recordedS += completion.durationMs / 1000;
    if (completion.kind === 'answer') {
      const { text: content, toolCalls } = completion;
      this.#unheard([{ role: 'assistant', content, tool_calls: [...toolCalls] }], { more: true });
    }
    await this.#record({ ...modelStep(model, completion), changesFiles: true });
  }

  #unheard(
    messages: readonly ChatMessage[],
    { more = false }: { readonly more?: boolean } = {},
  ): readonly ChatMessage[] {
    const counts = new Map<string, number>();
    return messages.filter((message) => {
      const key = keyOf(message);
      const count = (counts.get(key) ?? (more ? (this.#heard.get(key) ?? 0) : 0)) + 1;
      counts.set(key, count);
      const isNew = count > (this.#heard.get(key) ?? 0);
      if (isNew) this.#heard.set(key, count);
      return isNew;
    });
  }
}

function keyOf(message: ChatMessage): string {
  // Programs like to trim what a model said before they repeat it.
  const words =
    message.role === 'assistant'
      ? [message.content.trim(), message.tool_calls.map(({ id }) => id)]
      : message;
  return createHash('sha256').update(JSON.stringify(words)).digest('base64');
}

type Called = ReadonlyMap<string, { readonly name: string; readonly arguments: string }>;

function callsOf(messages: readonly ChatMessage[]): Called {
  const calls = messages.flatMap((one) => (one.role === 'assistant' ? one.tool_calls : []));
  return new Map(calls.map((call) => [call.id, call]));
}

function stepOf(
  message: ChatMessage,
  { calls, durationS }: { readonly calls: Called; readonly durationS: number },
): AgentStep {
  switch (message.role) {
    case 'system':
    case 'user':
      return { kind: 'message', role: message.role, content: message.content };
    case 'assistant':
      return {
        kind: 'message',
        role: 'user',
        content: `[put into the model's mouth by the program]\n${message.content}`,
      };
    case 'tool': {
      const call = calls.get(message.tool_call_id);
      const { text, bytes, cut } = cutInTheMiddle(message.content, usualOutputLimit);
      return {
        kind: 'tool',
        call_id: message.tool_call_id,
        tool: call?.name ?? 'unknown',
        arguments: readArguments(call?.arguments ?? ''),
        ok: true,
        output: text,
        output_bytes: bytes,
        duration_s: durationS,
        ...(cut ? { whole: message.content } : {}),
      };
    }
  }
}

function readArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
