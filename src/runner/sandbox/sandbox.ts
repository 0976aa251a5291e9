import type { Duplex } from 'node:stream';
import type { EnvironmentSource } from '../model';

/**
 * The contract of a sandbox: where everything that a dataset or a model wrote runs. Each promise made here is held by
 * the contract suite (test/contract/sandbox), which every provider passes; what a provider cannot do it declares in
 * `SandboxCapabilities`, and an environment that asks for it is refused with `unsupported-environment`.
 */

/** What a provider can do beyond the contract. */
export interface SandboxCapabilities {
  /** Any container image by name; otherwise only the built-in environments. */
  readonly images: boolean;
  /** `tree`: one limit for all processes together; `process`: for each alone. */
  readonly memoryLimit: 'tree' | 'process';
  readonly pidsLimit: boolean;
  readonly cpuLimit: boolean;
  /**
   * What `SandboxLimits.diskBytes` caps: `total`, all that is written; `file`, each file alone; `workspace`, all that
   * is written when the workdir has a folder of its own (`/workspace/project`), each file alone in images whose workdir
   * lies directly below the root (`/testbed`).
   */
  readonly diskLimit: 'total' | 'workspace' | 'file';
  /** Tells a kill for memory apart from any other kill. */
  readonly oomDetection: boolean;
  /** Network can be given to the builder and withheld from trials. */
  readonly network: boolean;
  readonly snapshots: boolean;
  /** Folders of this machine can be shown inside (`SandboxSpec.mounts`): not where the engine runs on another one. */
  readonly mounts: boolean;
  /** The profile `judge`: root inside may become other users. Otherwise it is refused with `unsupported-environment`. */
  readonly otherUsers: boolean;
}

/**
 * Hardening profiles (DESIGN: sandboxes). `builder`: root inside, network as asked, everything writable, may become a
 * snapshot. `trial`: offline, unprivileged, read-only root, capped writable folders. `judge`: offline and read-only as
 * well; its commands are root without any right but to become other users and to kill their processes, so that each
 * program that is judged is a user of its own. Such a user can write to `/tmp`, which is the workdir
 * whatever the spec says, and to `/dev/shm`, and leaves nothing elsewhere (no System V objects, no message queues).
 */
export type SandboxProfile = 'builder' | 'trial' | 'judge';

export interface SandboxLimits {
  /** Room of `/dev/shm`, part of what may be written. Default: a sixteenth of that, 64 MiB at most. */
  readonly shmBytes?: number;
  /** GPUs: how many, -1 for all. Default: none. */
  readonly gpus?: number;
  /** Container runtime. Default: the engine's own. */
  readonly runtime?: string;
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly pids: number;
  /** Room for all that a trial writes (project, temporary files and home together). */
  readonly diskBytes: number;
}

export const defaultSandboxLimits: SandboxLimits = {
  memoryBytes: 2 * 1024 ** 3,
  cpus: 2,
  pids: 512,
  diskBytes: 1024 ** 3,
};

/** A file or folder of the host that is read-only inside. Never one that a task or a model named. */
export interface ReadOnlyMount {
  /** Absolute path on the host; it exists. */
  readonly source: string;
  /** Absolute path inside; made where the image does not have it. */
  readonly target: string;
}

/** What a benchmark asks of a task's environment. Its image, workdir and preparation together key the snapshot. */
export interface EnvironmentSpec {
  /** null: the default image of the project's own (`swebench-lite`). Paths in it are absolute. */
  readonly source: EnvironmentSource | null;
  /** Where the repository lives: `/workspace/project`, or `/testbed` in official images. */
  readonly workdir: string;
  readonly limits: SandboxLimits;
  /** Environment variables of every command. */
  readonly env: Readonly<Record<string, string>>;
  /** What every sandbox of a trial sees of the host, read-only; a builder does not. Default: nothing. */
  readonly mounts?: readonly ReadOnlyMount[];
  /** What its builder sees of the host, read-only. Default: nothing. */
  readonly builderMounts?: readonly ReadOnlyMount[];
  /** Whether its builder has a network. Default: it has. */
  readonly network?: boolean;
  /** Run in the workdir when the environment is prepared (a devcontainer's `onCreateCommand`, `postCreateCommand`). */
  readonly commands: readonly (readonly string[])[];
  /** What of its description does not hold here, for people. */
  readonly notes: readonly string[];
  /** What is used instead, with a note, when the source cannot be had (`image-unavailable`). Default: nothing. */
  readonly fallback?: EnvironmentSpec;
}

/** An image that is ready to start from. `digest` identifies its content and is part of every snapshot key. */
export interface ResolvedImage {
  readonly name: string;
  readonly digest: string;
  /** Said to the user when it is not the image that was asked for (the offline build with another Python). */
  readonly note: string | null;
}

export interface SandboxSpec {
  readonly image: ResolvedImage;
  /** Start from this kept environment instead of the bare image. */
  readonly snapshot: SnapshotRef | null;
  readonly profile: SandboxProfile;
  /** Ignored but for the builder: trials are always offline. */
  readonly network: boolean;
  readonly workdir: string;
  readonly limits: SandboxLimits;
  readonly env: Readonly<Record<string, string>>;
  /** Default: none. */
  readonly mounts?: readonly ReadOnlyMount[];
  /** Who it belongs to (run, trial), for people and the reaper. The provider adds owner and process. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface ExecOptions {
  /** Default: the spec's workdir. */
  readonly cwd?: string;
  /** Added to the spec's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Bytes for stdin, which then ends. Default: empty. */
  readonly stdin?: Uint8Array;
  readonly timeoutMs: number;
  /** Cap for stdout and for stderr, each. What is beyond is counted, not kept. Default 10 MiB. */
  readonly outputLimitBytes?: number;
  /** A flood beyond this many bytes ends the command (`output_limit`). Default 256 MiB. */
  readonly floodLimitBytes?: number;
  /** Called with output as it comes, decoded as UTF-8 across chunk borders. */
  readonly onOutput?: (text: string) => void;
  readonly signal: AbortSignal;
}

export type StartOptions = Pick<ExecOptions, 'cwd' | 'env' | 'signal'>;

/** A program that goes on until it ends by itself or is ended. */
export interface SandboxProcess extends AsyncDisposable {
  /**
   * Its stdin and stdout. Who writes more than it reads waits (`write` returns false), and so does a program whose output
   * nobody reads. Ending the stream ends stdin; it ends when stdout does. It fails with `sandbox-lost` or `signal.reason`.
   */
  readonly stdio: Duplex;
  /**
   * Resolves when it has ended: stdout is empty here, of stderr the last 64 KiB are kept. Rejects as `exec` does: with
   * `signal.reason` on cancel, with `sandbox-lost`. Nobody has to await it.
   */
  readonly ended: Promise<ExecResult>;
  /** Kills its process tree. When it resolves nothing of it lives; `ended` then says SIGKILL. Never fails. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Why a command ended. The first cause wins. */
export type ExecCause = 'exited' | 'signalled' | 'timeout' | 'oom' | 'output_limit';

/**
 * What became of a command. A non-zero exit is a result; so are a timeout, an OOM kill and a missing program (exit code
 * 127, as a shell has it; 126 when it may not be executed or its cwd does not exist).
 */
export interface ExecResult {
  readonly cause: ExecCause;
  /** null unless `exited`. */
  readonly exitCode: number | null;
  /** `SIGKILL`, …; null unless it died by one. */
  readonly signal: string | null;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Bytes that were printed but not kept. When not 0 the kept part ends there. */
  readonly droppedBytes: { readonly stdout: number; readonly stderr: number };
  readonly durationMs: number;
}

/** Limits for what is taken out of a sandbox. */
export interface ReadOptions {
  readonly maxBytes?: number;
  readonly signal: AbortSignal;
}

export interface SandboxCallOptions {
  readonly signal: AbortSignal;
}

export interface ListenOptions extends SandboxCallOptions {
  /** Clients beyond it wait until another one goes. Default 64. */
  readonly maxConnections?: number;
}

/** A port inside a sandbox that the host serves. */
export interface SandboxListener extends AsyncDisposable {
  readonly port: number;
  /** When it resolves, connections are refused and those that were open are reset. Does not fail when the sandbox is gone. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * One running sandbox. Paths are absolute or relative to the workdir. Every method rejects with `signal.reason` on cancel (what the command started is dead by then),
 * with `sandbox-lost` when the sandbox itself is gone: never is a dead sandbox reported as a command's result.
 */
export interface Sandbox extends AsyncDisposable {
  readonly id: string;
  readonly workdir: string;
  /**
   * Runs a program (argv, never a shell string) and waits for it, not for its output's end: a background child that
   * holds stdout does not delay it. At the time limit, on cancel and on a flood the whole process tree is killed, also
   * children that made themselves a session of their own (setsid) or were orphaned.
   */
  exec(argv: readonly string[], options: ExecOptions): Promise<ExecResult>;
  /**
   * Starts a program that talks with the host for as long as it lives: no time limit, no limit of its output. `signal` ends
   * it at any time, and so does the end of the sandbox. A program that cannot be started ends as `exec` tells it.
   */
  start(argv: readonly string[], options: StartOptions): Promise<SandboxProcess>;
  /** A regular file's bytes. Missing, not a file, too large or denied: `not-found` / `invalid-config`. Does not follow a symlink at the end of the path. */
  readFile(path: string, options: ReadOptions): Promise<Uint8Array>;
  /** Creates or replaces a file, parent folders included; a link or FIFO is replaced, not written through. `disk-full` where no room is left. */
  writeFile(path: string, data: Uint8Array | string, options: SandboxCallOptions): Promise<void>;
  /** Unpacks a tar archive (uncompressed) below `path`; files belong to the sandbox's user. */
  copyIn(
    path: string,
    tar: AsyncIterable<Uint8Array> | Uint8Array,
    options: SandboxCallOptions,
  ): Promise<void>;
  /**
   * Files and folders below `path` as a tar archive. Links, devices and special files are left out, and no name leads
   * outside: what comes out can be unpacked on the host safely.
   */
  copyOut(path: string, options: ReadOptions): Promise<Uint8Array>;
  /**
   * Serves a port of the sandbox's own loopback address from the host, without giving the sandbox a network: each
   * connection that a program inside makes to `127.0.0.1:port` becomes a stream here. Port 0: any that is free. A stream is
   * slowed down by whoever does not read, alone; an end or a reset on one side reaches the other. A port that is taken:
   * `invalid-config`.
   */
  listen(
    port: number,
    onConnection: (connection: Duplex) => void,
    options: ListenOptions,
  ): Promise<SandboxListener>;
  /** Command on the host that opens a shell inside (`docker exec -it …`), or null when there is no way in. */
  shellCommand(): readonly string[] | null;
  /** Lets the sandbox live on after this process, for a person to look into. The reaper leaves it alone; `remove` does not. */
  keep(options: SandboxCallOptions): Promise<void>;
  /** Removes the sandbox and all that it wrote. Never fails because it is already gone. Has its own 30 s limit. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A kept environment. `key` is a content hash; equal keys mean equal content. */
export interface SnapshotRef {
  readonly key: string;
  /** The provider's own id (an image id, a folder). */
  readonly id: string;
}

export interface SnapshotInfo extends SnapshotRef {
  readonly bytes: number;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  /** For people: `requests@1a2b3c4`. */
  readonly title: string;
}

/** Kept environments under a byte budget; the least recently used go first. Safe against other processes. */
export interface SnapshotStore {
  /** Marks it as used. */
  find(key: string, options: SandboxCallOptions): Promise<SnapshotRef | null>;
  /** Keeps what a builder sandbox holds now. The sandbox is stopped by it and only fit for disposal. */
  save(
    sandbox: Sandbox,
    snapshot: { readonly key: string; readonly title: string },
    options: SandboxCallOptions,
  ): Promise<SnapshotRef>;
  list(options: SandboxCallOptions): Promise<readonly SnapshotInfo[]>;
  /** Removes what nobody uses now, least recently used first, until about so many bytes are gone. @returns how many were */
  evict(bytes: number, options: SandboxCallOptions): Promise<number>;
  /** False when a sandbox, or another snapshot, stands on it: then it stays. */
  remove(key: string, options: SandboxCallOptions): Promise<boolean>;
}

/** A leftover: what a dead process left, or what `clean` may remove. */
export interface SandboxLeftover {
  readonly kind: 'container' | 'image' | 'volume' | 'folder';
  readonly id: string;
  readonly bytes: number;
  /** A living process works with it, so it must stay. */
  readonly inUse: boolean;
}

export interface ReapReport {
  readonly removed: readonly SandboxLeftover[];
}

/** One line of `doctor`. `fix` says what to do when not ok. */
export interface Check {
  readonly id: string;
  readonly ok: boolean;
  readonly found: string;
  readonly fix: string | null;
}

export interface ProgressOptions extends SandboxCallOptions {
  /** One line at a time, for people: pulling, building, unpacking. */
  readonly onProgress: (line: string) => void;
}

/** What a user says about images that are pulled. */
export interface ImageSettings {
  /** What stands for registries: `mirror.example.com/dockerhub`, or `registry=prefix` pairs with commas. */
  readonly mirror?: string | undefined;
  /** Most bytes that pulled images may take together. */
  readonly budgetBytes?: number | undefined;
}

export interface ImageRequestOptions extends ProgressOptions {
  /** Nobody waits for it yet: it comes after what is needed, takes no room that others use, and is not held. */
  readonly ahead?: boolean;
}

export interface SandboxProvider extends AsyncDisposable {
  readonly name: 'docker' | 'bubblewrap';
  readonly capabilities: SandboxCapabilities;
  readonly snapshots: SnapshotStore;
  /**
   * Finds, pulls or builds the image of an environment. A failed pull is an error with its reason. The image stays until
   * `releaseImage`, or until the provider is disposed of; `ahead` gives no such promise.
   */
  resolveImage(
    source: EnvironmentSource | null,
    options: ImageRequestOptions,
  ): Promise<ResolvedImage>;
  /** What a person should know before a run with these images: that they run emulated here, and what it costs. */
  imageWarnings(sources: readonly (EnvironmentSource | null)[]): readonly string[];
  /** Whoever resolved an image needs it no longer; once for each `resolveImage`. Then its room may go to another one. */
  releaseImage(image: ResolvedImage): void;
  create(spec: SandboxSpec, options: SandboxCallOptions): Promise<Sandbox>;
  /** Whether sandboxes can be had now: an engine may be restarted under a run. */
  answers(options: SandboxCallOptions): Promise<boolean>;
  /** Folders of this machine whose disks sandboxes, images and snapshots fill. None: the engine's are elsewhere. */
  storageFolders(): readonly string[];
  /** About how many bytes the images will take that are not here yet. */
  missingImageBytes(
    sources: readonly (EnvironmentSource | null)[],
    options: SandboxCallOptions,
  ): Promise<number>;
  /** Removes snapshots and pulled images that nobody needs now, until about so many bytes are gone. @returns how many were */
  makeRoom(bytes: number, options: SandboxCallOptions): Promise<number>;
  /** Removes what processes that no longer live left behind, by label; never anything without our label. */
  reap(options: SandboxCallOptions): Promise<ReapReport>;
  /** What is missing and how to mend it. */
  check(options: SandboxCallOptions): Promise<readonly Check[]>;
  /** Everything of ours that exists, for `clean`: images that we built or pulled, snapshots, containers of anyone. */
  leftovers(options: SandboxCallOptions): Promise<readonly SandboxLeftover[]>;
  remove(leftover: SandboxLeftover, options: SandboxCallOptions): Promise<void>;
}
