import type { Usage } from '../model';

export interface ModelMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  readonly toolCallId?: string;
}

export interface ModelRequest {
  readonly messages: readonly ModelMessage[];
  readonly temperature?: number;
  readonly maxTokens?: number;
}

/** `usage` is always reported; where a model does not say, it is marked `estimated` and its cost is null. */
export interface Completion {
  readonly text: string;
  readonly usage: Usage;
}

/** A language model behind any interface. */
export interface Model {
  readonly name: string;
  complete(request: ModelRequest, options: { readonly signal: AbortSignal }): Promise<Completion>;
}
