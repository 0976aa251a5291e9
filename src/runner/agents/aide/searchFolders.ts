import * as z from 'zod';
import type { Sandbox } from '../../sandbox/sandbox';
import type { Journal } from './journal';
import { agentFolders } from '../../benchmarks/mle/layout';
import searchFoldersProgram from './sandboxed/search_folders.py';

const commandMs = 120_000;

/** Room for the files of solutions that do not stand; of the others the program and the journal remain. */
const mostKeptBytes = 64 * 1024 ** 2;

const fileSchema = z.object({ name: z.string(), bytes: z.int().nonnegative() });
const leftSchema = z.object({
  /** The first ones, those that are wanted before all others. */
  files: z.array(fileSchema),
  count: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** Why they were not taken. */
  problem: z.string().nullable(),
});

/** What a run left to be handed in. */
export type LeftFiles = z.infer<typeof leftSchema>;

/** On what terms a program is run. */
export interface RunTerms {
  /** Its text. */
  readonly program: string;
  /** What hands more in is not taken. */
  readonly mostBytes: number;
  /** Files that are to be handed in. */
  readonly wanted: readonly string[];
}

type Request = Readonly<Record<string, unknown>> & {
  readonly do: 'begin' | 'collect' | 'settle' | 'restore';
};

/**
 * The folders of a search in its sandbox. What is handed in is that of the solution that stands, except while a program
 * runs, which writes to the same place: so programs and rules name one place only.
 */
export class SearchFolders {
  readonly #sandbox: Sandbox;
  readonly #signal: AbortSignal;
  /** Bytes of the files that are kept, by node. */
  readonly #kept = new Map<number, number>();
  #standing: number | null = null;

  constructor(sandbox: Sandbox, { signal }: { readonly signal: AbortSignal }) {
    this.#sandbox = sandbox;
    this.#signal = signal;
  }

  /** The node whose files are handed in. */
  get standing(): number | null {
    return this.#standing;
  }

  readonly has = (node: number): boolean => this.#kept.has(node);

  /**
   * Runs a program's work with the folder of what is handed in empty, and takes what it left. Whatever happens, the files
   * of the solution that stands are back afterwards.
   */
  async aside<T>(
    node: number,
    work: () => Promise<T>,
    { program, mostBytes, wanted }: RunTerms,
  ): Promise<{ readonly made: T; readonly left: LeftFiles }> {
    await this.#ask({ do: 'begin', standing: this.#standing });
    let left: LeftFiles | null = null;
    try {
      const made = await work();
      left = leftSchema.parse(
        await this.#ask({
          do: 'collect',
          node,
          standing: this.#standing,
          most_bytes: mostBytes,
          wanted,
          program,
        }),
      );
      if (left.count > 0 && left.problem === null) this.#kept.set(node, left.bytes);
      return { made, left };
    } finally {
      if (left === null) await this.#restore();
    }
  }

  /** Lets a solution stand that nobody reviewed yet, where none does: more than nothing, should the time be over now. */
  async stopgap(node: number, program: string): Promise<void> {
    if (this.#standing !== null || !this.has(node)) return;
    await this.#ask({ do: 'settle', was: null, stands: node, drop: [], program, journal: '' });
    this.#standing = node;
  }

  /** Lets the solution stand that the journal names now, and writes the journal's next line. */
  async settle(journal: Journal, line: string): Promise<void> {
    const was = this.#standing;
    const { node: stands = null, code: program = '' } = journal.standing(this.has) ?? {};
    const drop = this.#surplus(journal, stands);
    await this.#ask({ do: 'settle', was, stands, drop, program, journal: line });
    for (const dropped of drop) this.#kept.delete(dropped);
    this.#standing = stands;
  }

  /** Nodes whose files go, the least useful first. */
  #surplus(journal: Journal, stands: number | null): readonly number[] {
    const ranked = journal.ranking().map(({ node }) => node);
    const rankOf = (node: number): number => {
      const rank = ranked.indexOf(node);
      return rank === -1 ? Infinity : rank;
    };
    const others = [...this.#kept].filter(([node]) => node !== stands);
    others.sort(([a], [b]) => (rankOf(a) === rankOf(b) ? b - a : rankOf(a) - rankOf(b)));
    let bytes = 0;
    return others.flatMap(([node, own]) => {
      bytes += own;
      return bytes > mostKeptBytes ? [node] : [];
    });
  }

  /** After a cut in the middle of a run, with a clock of its own: the trial's may be over already. */
  async #restore(): Promise<void> {
    const signal = AbortSignal.timeout(10_000);
    try {
      await this.#ask({ do: 'restore', standing: this.#standing }, signal);
    } catch {
      // The sandbox is gone; what ended the run says so.
    }
  }

  async #ask(request: Request, signal = this.#signal): Promise<unknown> {
    const { code, submission, logs } = agentFolders;
    const exec = await this.#sandbox.exec(['python3', '-I', '-c', searchFoldersProgram], {
      cwd: '/',
      stdin: Buffer.from(JSON.stringify({ ...request, code, submission, logs })),
      timeoutMs: commandMs,
      signal,
    });
    if (exec.cause !== 'exited' || exec.exitCode !== 0) {
      const why = Buffer.from(exec.stderr).toString('utf8').trim();
      throw new Error(`the folders of the search cannot be kept (${request.do}): ${why}`);
    }
    return JSON.parse(Buffer.from(exec.stdout).toString('utf8'));
  }
}
