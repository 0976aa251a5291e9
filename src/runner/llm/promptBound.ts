import { createHash } from 'node:crypto';
import type { ChatMessage } from '../model';
import type { ModelRequest } from './model';

/** Role, name and separators of one message in a model's own template. */
const tokensOfMessageFrame = 16;

/** What stands around one tool's description, and what goes before all of them where tools are called in text. */
const tokensOfToolFrame = 64;
const tokensOfToolIntroduction = 1500;

/** Conversations of a trial that are remembered: an agent with several roles has several. */
const mostKnown = 8;

interface Piece {
  readonly key: string;
  readonly bytes: number;
}

interface Known {
  /** How often each message stands in it. */
  readonly messages: ReadonlyMap<string, number>;
  readonly tools: string;
  readonly tokens: number;
}

/**
 * An upper bound of a request's tokens. No token is shorter than a byte, so bytes bound them. Where a conversation was
 * answered before, its tokens are known, and leaving messages out does not add any: then only what is new counts in bytes.
 */
export class PromptBound {
  #known: readonly Known[] = [];
  readonly #pieces = new WeakMap<object, Piece>();

  of({ messages, tools }: ModelRequest): number {
    const pieces = messages.map((message) => this.#pieceOf(message));
    const toolPiece = this.#pieceOf(tools);
    const toolTokens =
      tools.length === 0
        ? 0
        : toolPiece.bytes + tokensOfToolIntroduction + tools.length * tokensOfToolFrame;
    const all = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
    const bounds = this.#known.map(
      (known) =>
        known.tokens +
        bytesBeside(known, pieces) +
        (known.tools === toolPiece.key ? 0 : toolTokens),
    );
    return Math.min(all + toolTokens, ...bounds);
  }

  /** Remembers what a conversation came to, as its model counted it. */
  learn({ messages, tools }: ModelRequest, tokens: number): void {
    const counts = new Map<string, number>();
    for (const message of messages) {
      const { key } = this.#pieceOf(message);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const known = { messages: counts, tools: this.#pieceOf(tools).key, tokens };
    this.#known = [known, ...this.#known].slice(0, mostKnown);
  }

  #pieceOf(value: ChatMessage | ModelRequest['tools']): Piece {
    const kept = this.#pieces.get(value);
    if (kept !== undefined) return kept;
    const text = JSON.stringify(value);
    const piece = {
      key: createHash('sha1').update(text).digest('base64'),
      bytes: Buffer.byteLength(text) + tokensOfMessageFrame,
    };
    this.#pieces.set(value, piece);
    return piece;
  }
}

/** Bytes of the messages that the known conversation does not have. */
function bytesBeside({ messages }: Known, pieces: readonly Piece[]): number {
  const left = new Map(messages);
  let bytes = 0;
  for (const piece of pieces) {
    const count = left.get(piece.key) ?? 0;
    if (count > 0) left.set(piece.key, count - 1);
    else bytes += piece.bytes;
  }
  return bytes;
}
