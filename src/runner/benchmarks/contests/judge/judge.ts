import type { ContestProgram } from '../../../model';

/** Limits of one execution: of one program on one input. */
export interface JudgeLimits {
  /** CPU time of the program and of what it started and waited for, in seconds. */
  readonly cpuS: number;
  /** Real time, in seconds: for programs that wait. */
  readonly wallS: number;
  readonly memoryBytes: number;
  /** For stdout. Of stderr the end is kept. */
  readonly outputBytes: number;
  readonly processes: number;
}

/** What became of one execution. The first cause wins. */
export type ExecutionEnd =
  | { readonly kind: 'exited'; readonly code: number }
  /** A signal that the judge did not send: `SIGSEGV`. */
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'cpu_limit' | 'wall_limit' | 'memory_limit' | 'output_limit' };

export interface Execution {
  readonly end: ExecutionEnd;
  /** Whole, up to the output limit. */
  readonly stdout: Uint8Array;
  /** The last few KiB. */
  readonly stderr: Uint8Array;
  /** What the problem's output file held, where it names one; null: there is none. */
  readonly outputFile: Uint8Array | null;
  readonly cpuS: number;
  readonly wallS: number;
  readonly peakBytes: number;
  /**
   * Whether the program ran to its end, by the interpreter's word: false when it left by itself before (`exit`, an
   * exception). null where the language cannot tell.
   */
  readonly completed: boolean | null;
}

/** Inputs that the judge was sent once, for every program that runs on them. Disposing of them frees their memory there. */
export interface InputSet extends AsyncDisposable {
  readonly count: number;
}

export interface ProgramRunOptions {
  readonly limits: JudgeLimits;
  /** Names of the files that a problem reads and writes instead of stdin and stdout, in the program's own folder. */
  readonly files?: { readonly input: string | null; readonly output: string | null };
  /**
   * Told each execution in the order of the inputs, as it ends. `stop`: the inputs after it are left out (a few may have
   * been run already; they are not told).
   */
  readonly onExecution: (index: number, execution: Execution) => 'go on' | 'stop';
  readonly signal: AbortSignal;
}

/** `not_compiled`: no input was run; `message` is the compiler's. */
export type ProgramOutcome =
  { readonly kind: 'ran' } | { readonly kind: 'not_compiled'; readonly message: string };

/**
 * Runs programs in a sandbox of the profile `judge`, as a fresh process for every input. A program sees its own input and
 * nothing of other programs, inputs or of the judge; expected outputs never enter the sandbox. Programs that are asked for
 * while others run wait for their turn, sent ahead, so that the judge never waits for the host.
 */
export interface Judge extends AsyncDisposable {
  load(inputs: readonly Uint8Array[], options: { readonly signal: AbortSignal }): Promise<InputSet>;
  /** @throws `sandbox-lost` when the judge itself is gone, `signal.reason` on cancel */
  run(
    program: ContestProgram,
    inputs: InputSet,
    options: ProgramRunOptions,
  ): Promise<ProgramOutcome>;
}
