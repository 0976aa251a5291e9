import { cutInTheMiddle } from '../cutText';

/** Where nobody knows how much a model takes. */
const usualWindow = 75_000;

/** Bytes of text that make a token, until a model's own count says better. Code has fewer than prose. */
const usualBytesPerToken = 3;

/** Tokens of what stands around a prompt: the frames of messages, and how tools are called. */
const frameTokens = 800;

/** Less than this says nothing. */
const leastBytes = 200;

/** How far prompts shrink when a model says that one was too long, and below what nothing is left to take away. */
const squeeze = 0.6;
const leastRoom = 2000;

/** A part of a prompt that may be shortened. */
export interface PromptPart {
  /** The placeholder that it fills. */
  readonly name: string;
  /** Bytes that it keeps while other parts can still give way. */
  readonly least: number;
  /** In so many bytes, or a few more. */
  readonly text: (bytes: number) => string;
}

/** A part that loses its middle. */
export function cutPart(
  name: string,
  text: string,
  { least }: { readonly least: number },
): PromptPart {
  return {
    name,
    least,
    text: (bytes) => {
      if (Buffer.byteLength(text) <= bytes) return text;
      return bytes < leastBytes ? '' : cutInTheMiddle(text, bytes).text;
    },
  };
}

/** A part that is a block of its own in Markdown, whatever fences it holds. */
export function blockPart(
  name: string,
  text: string,
  { least, language }: { readonly least: number; readonly language: string },
): PromptPart {
  const inner = cutPart(name, text.trimEnd(), { least });
  const frame =
    Buffer.byteLength(fenced(inner.text(Infinity), language)) - Buffer.byteLength(text.trimEnd());
  return { name, least, text: (bytes) => fenced(inner.text(bytes - frame), language) };
}

function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/**
 * Shortens the parts of a prompt so that they take so many bytes together. The first part gives way first, each down to its
 * least; where that is not enough, they go in the same order.
 */
export function fitParts(
  parts: readonly PromptPart[],
  room: number,
): Readonly<Record<string, string>> {
  const sizes = parts.map(({ text }) => Buffer.byteLength(text(Infinity)));
  let over = sizes.reduce((sum, size) => sum + size, 0) - room;
  for (const floor of [(part: PromptPart) => part.least, () => 0]) {
    for (const [n, part] of parts.entries()) {
      const given = Math.min(Math.max(0, over), Math.max(0, (sizes[n] ?? 0) - floor(part)));
      sizes[n] = (sizes[n] ?? 0) - given;
      over -= given;
    }
  }
  return Object.fromEntries(parts.map(({ name, text }, n) => [name, text(sizes[n] ?? 0)]));
}

/** How many bytes a prompt may have for a model, as far as that is known. */
export class PromptRoom {
  readonly #tokens: number;
  #bytesPerToken = usualBytesPerToken;
  /** What the model proved to take less than. */
  #most = Infinity;

  /** `window`: tokens in and out together; `answer`: those kept free for the answer. */
  constructor({ window, answer }: { readonly window: number | null; readonly answer: number }) {
    this.#tokens = Math.max(1000, (window ?? usualWindow) - answer - frameTokens);
  }

  get bytes(): number {
    return Math.floor(Math.min(this.#tokens * this.#bytesPerToken, this.#most));
  }

  /** The model's own count of what it was sent. */
  counted(bytes: number, tokens: number): void {
    if (tokens > 0) this.#bytesPerToken = Math.min(6, Math.max(1, bytes / tokens));
  }

  /** The model says that a prompt of so many bytes was too long for it. Whether a shorter one is worth a try. */
  tooLong(bytes: number): boolean {
    this.#most = Math.min(bytes, this.bytes) * squeeze;
    return this.#most >= leastRoom;
  }
}
