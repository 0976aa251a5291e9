import * as vscode from 'vscode';
import type {
  ChatMessage,
  CompleteOptions,
  Completion,
  CompletionEnd,
  CompletionFacts,
  Model,
  ModelRequest,
  ToolCall,
  Usage,
} from '../../runner/index';
import { untilAborted } from '../../presentation/untilAborted';
import { noUsage, RunnerError } from '../../runner/model';
import { toEditorMessages, toToolCall } from './chatMessages';

/**
 * Opens a model that the user has in the editor, by `vendor/family`, `vendor/id` or its id. The editor asks the user for
 * consent at the first request of an extension, so this is for runs that the user started.
 *
 * @throws `model-denied` when the editor has no such model
 */
export async function openEditorModel(
  name: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<Model> {
  const chat = await findModel(name);
  signal.throwIfAborted();
  if (chat !== null) return new EditorModel(chat);
  const known = (await vscode.lm.selectChatModels()).map(editorModelName);
  throw new RunnerError(
    'model-denied',
    known.length === 0
      ? `The editor has no language model; "${name}" cannot be used.`
      : `The editor has no language model "${name}". It has: ${[...new Set(known)].join(', ')}.`,
  );
}

/** `vendor/family`, as a configuration names it after `vscode:`. */
export function editorModelName(chat: vscode.LanguageModelChat): string {
  return `${chat.vendor}/${chat.family}`;
}

async function findModel(name: string): Promise<vscode.LanguageModelChat | null> {
  const slash = name.indexOf('/');
  const vendor = name.slice(0, Math.max(0, slash));
  const rest = name.slice(slash + 1);
  const selectors: readonly vscode.LanguageModelChatSelector[] = [
    ...(vendor === ''
      ? []
      : [
          { vendor, family: rest },
          { vendor, id: rest },
        ]),
    { id: name },
  ];
  for (const selector of selectors) {
    const [first] = await vscode.lm.selectChatModels(selector);
    if (first !== undefined) return first;
  }
  return null;
}

const retryMs = 1000;

/** A language model of the editor. It reports no usage: tokens are counted with its own tokenizer, the cost is unknown. */
class EditorModel implements Model {
  readonly name: string;
  readonly contextWindow: number | null;
  readonly price = null;
  readonly #chat: vscode.LanguageModelChat;
  /** A conversation is told again at every turn; each of its messages is counted once. */
  readonly #counted = new WeakMap<ChatMessage, number>();

  constructor(chat: vscode.LanguageModelChat) {
    this.#chat = chat;
    this.name = `vscode:${editorModelName(chat)}`;
    this.contextWindow = chat.maxInputTokens > 0 ? chat.maxInputTokens : null;
  }

  async complete(request: ModelRequest, options: CompleteOptions): Promise<Completion> {
    const { signal } = options;
    signal.throwIfAborted();
    const started = performance.now();
    const source = new vscode.CancellationTokenSource();
    const cancel = (): void => {
      source.cancel();
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      // Providers may be slow to notice a cancel; whoever cancels does not wait for them.
      const completion = await untilAborted(
        signal,
        this.#ask(request, options, { source, started }),
      );
      signal.throwIfAborted();
      return completion;
    } finally {
      signal.removeEventListener('abort', cancel);
      source.dispose();
    }
  }

  async #ask(
    request: ModelRequest,
    { onText }: CompleteOptions,
    call: { readonly source: vscode.CancellationTokenSource; readonly started: number },
  ): Promise<Completion> {
    const promptTokens = await this.#countRequest(request);
    const facts = (completionTokens: number, attempts: 0 | 1): CompletionFacts => ({
      usage: usageOf(promptTokens, completionTokens, attempts),
      durationMs: performance.now() - call.started,
      attempts,
      cached: false,
    });
    if (this.contextWindow !== null && promptTokens > this.contextWindow) {
      const detail = `the request has ${promptTokens} tokens, the model takes ${this.contextWindow}`;
      return { kind: 'context_overflow', detail, ...facts(0, 0) };
    }
    if (request.tools.length > 0 && !takesTools(this.#chat)) {
      const detail = `${this.name} cannot be given tools`;
      return { kind: 'failed', detail, toolsRefused: true, ...facts(0, 0) };
    }
    let text = '';
    const toolCalls: ToolCall[] = [];
    try {
      const response = await this.#send(request, call.source.token);
      for await (const part of response.stream) {
        if (part instanceof vscode.LanguageModelTextPart) {
          text += part.value;
          onText?.(part.value);
        } else if (part instanceof vscode.LanguageModelToolCallPart) {
          toolCalls.push(toToolCall(part));
        }
      }
    } catch (error) {
      const end = endOf(error, this.name);
      return { ...end, ...facts(await this.#count(text), 1) };
    }
    const written = await this.#count(text + toolCalls.map((one) => one.arguments).join(''));
    // The editor tells neither what the model thought nor whether its answer was cut.
    const answer = { kind: 'answer', text, toolCalls, reasoning: null, truncated: false } as const;
    return { ...answer, ...facts(written, 1) };
  }

  #send(
    request: ModelRequest,
    token: vscode.CancellationToken,
  ): Thenable<vscode.LanguageModelChatResponse> {
    const { temperature } = request;
    return this.#chat.sendRequest(
      [...toEditorMessages(request.messages)],
      {
        justification: vscode.l10n.t('Benchyard lets this model work on benchmark tasks.'),
        tools: request.tools.map(({ name, description, parameters }) => ({
          name,
          description,
          inputSchema: parameters,
        })),
        modelOptions: {
          max_tokens: request.maxTokens,
          ...(temperature === undefined ? {} : { temperature }),
        },
      },
      token,
    );
  }

  async #countRequest({ messages, tools }: ModelRequest): Promise<number> {
    let sum = tools.length === 0 ? 0 : await this.#count(JSON.stringify(tools));
    for (const message of messages) {
      const known = this.#counted.get(message);
      const tokens = known ?? (await this.#count(wordsOf(message)));
      this.#counted.set(message, tokens);
      sum += tokens;
    }
    return sum;
  }

  async #count(text: string): Promise<number> {
    if (text === '') return 0;
    try {
      return Math.max(0, Math.round(await this.#chat.countTokens(text)));
    } catch {
      // A tokenizer that is out of order keeps no run from going on: four bytes a token are usual.
      return Math.ceil(Buffer.byteLength(text) / 4);
    }
  }
}

function wordsOf(message: ChatMessage): string {
  return message.role === 'assistant' && message.tool_calls.length > 0
    ? `${message.content}\n${JSON.stringify(message.tool_calls)}`
    : message.content;
}

/** What the editor knows of its models and its types do not tell yet. An editor that does not say it offers tools. */
function takesTools(chat: vscode.LanguageModelChat): boolean {
  const { capabilities } = chat as { readonly capabilities?: { supportsToolCalling?: boolean } };
  return capabilities?.supportsToolCalling !== false;
}

/** A request that was not made cost nothing; of one that was, nobody says what it cost. */
function usageOf(promptTokens: number, completionTokens: number, attempts: 0 | 1): Usage {
  if (attempts === 0) return noUsage;
  return {
    ...noUsage,
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    cost: null,
    estimated: true,
  };
}

/**
 * How a request that the editor rejected ended.
 *
 * @throws `model-denied` when the user did not consent or the model is gone
 */
function endOf(error: unknown, name: string): Extract<CompletionEnd, { detail: string }> {
  const detail = error instanceof Error ? error.message : String(error);
  const code = error instanceof vscode.LanguageModelError ? error.code : '';
  switch (code) {
    case vscode.LanguageModelError.NoPermissions.name:
      throw new RunnerError('model-denied', `The editor does not let ${name} be used: ${detail}`, {
        cause: error,
      });
    case vscode.LanguageModelError.NotFound.name:
      throw new RunnerError('model-denied', `The editor has no ${name} any more: ${detail}`, {
        cause: error,
      });
    case vscode.LanguageModelError.Blocked.name:
      return { kind: 'refused', detail };
    default:
      // The editor does not tell a busy provider from a broken one; both are worth another try.
      return { kind: 'failed', detail, retry: { afterMs: retryMs } };
  }
}
