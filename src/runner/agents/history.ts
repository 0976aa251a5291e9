import type { ChatMessage } from '../model';

/** How far a conversation is shortened when it no longer fits, so that it is not done again at every turn. */
const shortenTo = 0.6;

/** The messages at the end that stay whole: what the agent is working with now. */
const recent = 6;

const leftOut = '[The output of this earlier call was left out to make room.]';

/** Bytes of text that make a token, until a model's own count says better. Code has fewer than prose. */
const usualBytesPerToken = 3;

/**
 * A conversation that stays within a model's context window: when it grows too long, outputs of earlier tool calls are
 * left out first, then whole earlier turns. What the agent was told at the beginning always stays.
 */
export class History {
  readonly #window: number;
  readonly #kept: number;
  #messages: ChatMessage[] = [];
  #bytesPerToken = usualBytesPerToken;

  /** `window`: tokens in and out together; `answer`: those kept free for the answer. */
  constructor({ window, answer }: { readonly window: number; readonly answer: number }) {
    this.#window = Math.max(1000, window - answer);
    this.#kept = 2;
  }

  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  add(message: ChatMessage): void {
    this.#messages.push(message);
  }

  /** The model's own count of what it was sent; texts that come are estimated by it. */
  counted(promptTokens: number): void {
    if (promptTokens > 0) this.#bytesPerToken = Math.max(1, this.#bytes() / promptTokens);
  }

  /** Shortens the conversation when it has to be. Whether it was. `harder`: the model says that it was still too long. */
  fit({ harder = false }: { readonly harder?: boolean } = {}): boolean {
    const size = this.#bytes() / this.#bytesPerToken;
    if (!harder && size <= this.#window) return false;
    const target = Math.min(size, this.#window) * shortenTo * this.#bytesPerToken;
    const before = this.#bytes();
    this.#leaveOutOutputs(target);
    this.#leaveOutTurns(target);
    return this.#bytes() < before;
  }

  #bytes(): number {
    return this.#messages.reduce((sum, message) => sum + bytesOf(message), 0);
  }

  #leaveOutOutputs(target: number): void {
    let bytes = this.#bytes();
    const last = this.#messages.length - recent;
    this.#messages = this.#messages.map((message, n) => {
      if (bytes <= target || n >= last || message.role !== 'tool') return message;
      if (message.content.length <= leftOut.length) return message;
      bytes -= bytesOf(message) - leftOut.length;
      return { ...message, content: leftOut };
    });
  }

  /** A tool's answer without its call is refused by every model, so turns go as a whole. */
  #leaveOutTurns(target: number): void {
    let bytes = this.#bytes();
    while (bytes > target) {
      const start = this.#kept;
      const next = this.#messages.findIndex((message, n) => n > start && message.role !== 'tool');
      if (next === -1 || next > this.#messages.length - 2) return;
      const gone = this.#messages.splice(start, next - start);
      bytes -= gone.reduce((sum, message) => sum + bytesOf(message), 0);
    }
  }
}

function bytesOf(message: ChatMessage): number {
  const calls =
    message.role === 'assistant' ? Buffer.byteLength(JSON.stringify(message.tool_calls)) : 0;
  return Buffer.byteLength(message.content) + calls;
}
