import type { Model } from './llm/model';

/**
 * What the core may know of the machine and process it runs in. Composition roots (extension.ts, cli/main.ts, tests)
 * make it; the core itself never reads `process`.
 */
export interface Host {
  /** Relative paths are relative to this folder. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Root of everything that can be rebuilt: mirrors, snapshots, roots. */
  readonly cacheDir: string;
  readonly platform: string;
  /** `x64`, `arm64`, … as Node spells it. */
  readonly arch: string;
  readonly cores: number;
  /** What this process may use of the machine's memory, or of its container's. */
  readonly memory: () => { readonly availableBytes: number; readonly totalBytes: number };
  /** The machine, or the container on it, that `pid` and every other process id belong to. */
  readonly hostname: string;
  readonly pid: number;
  /** null where the platform has none (Windows). */
  readonly uid: number | null;
  readonly homeDir: string;
  readonly tempDir: string;
  /** Where the files are that come with Benchyard: competitions, lists of them. */
  readonly packageDir: string;
  /** The Node.js that runs this process. */
  readonly nodeProgram: string;
  /** Version of Benchyard, for metadata.json. */
  readonly version: string;
  /**
   * When the process with this id on this machine started, as an opaque text; null when there is none. A process is the
   * one that was recorded only when id and start time agree, since ids are used again.
   */
  readonly startTimeOf: (pid: number) => string | null;
  /**
   * A secret by the name of its environment variable (`CHUTES_API_KEY`): from the environment, or from the editor's
   * secret storage. Asked for only when a model is used, and never kept.
   */
  readonly secret: (name: string) => Promise<string | null>;
  /** Opens a model of the editor (`vendor/family`); null outside an editor. */
  readonly openEditorModel:
    ((name: string, options: { readonly signal: AbortSignal }) => Promise<Model>) | null;
  /** Diagnostics for developers and bug reports; not for results. */
  readonly log: (level: 'debug' | 'info' | 'warning' | 'error', message: string) => void;
}
