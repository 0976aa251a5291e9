import type * as z from 'zod';

interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): EditorApi;

/** The editor, as a page may talk to it. The page's own messages and state are typed; what comes is checked. */
export class Editor<Out, In, State> {
  readonly #api = acquireVsCodeApi();
  readonly #schemas: { readonly incoming: z.ZodType<In>; readonly state: z.ZodType<State> };

  constructor(schemas: { readonly incoming: z.ZodType<In>; readonly state: z.ZodType<State> }) {
    this.#schemas = schemas;
  }

  post(message: Out): void {
    this.#api.postMessage(message);
  }

  /** Calls back for every message of the editor that is one of those it may send. */
  listen(handle: (message: In) => void): void {
    window.addEventListener('message', (event: MessageEvent<unknown>) => {
      const parsed = this.#schemas.incoming.safeParse(event.data);
      if (parsed.success) handle(parsed.data);
    });
  }

  /** What the page remembered when it was last shown. */
  get state(): State | undefined {
    const parsed = this.#schemas.state.safeParse(this.#api.getState());
    return parsed.success ? parsed.data : undefined;
  }

  remember(state: State): void {
    this.#api.setState(state);
  }
}
