import type { Host } from '../host';
import type { Model } from '../llm/model';
import type { RunPlan, TrialResult } from '../model';
import type { SandboxProvider } from '../sandbox/sandbox';
import type { HeldFolder } from '../store/ownerLock';
import { estimateDisk, estimateNote } from './diskEstimate';
import { DiskWatch } from './diskWatch';
import type { UpcomingTask } from './environments';
import { LoadGate } from './loadGate';
import { SandboxGate } from './sandboxGate';
import { RunStop } from './trialResult';

/** An engine that is restarted with its machine is back by then. */
const enginePatienceMs = 180_000;

export interface RunGuardOptions {
  readonly host: Host;
  readonly runDir: string;
  readonly plan: Pick<RunPlan, 'config'>;
  /** null: trials run elsewhere. */
  readonly provider: SandboxProvider | null;
  /** null for agents that need none. */
  readonly model: Model | null;
  readonly held: HeldFolder;
  /** Ends the run. */
  readonly stop: (reason: RunStop) => void;
  readonly note: (level: 'info' | 'warning', text: string) => void;
  readonly enginePatienceMs?: number;
}

/** Looks after what a run stands on: its folder is its own, disks and memory have room, its engine answers. */
export class RunGuard implements AsyncDisposable {
  readonly #options: RunGuardOptions;
  readonly #disks: DiskWatch;
  /** null: trials run elsewhere, and each finds a sandbox for itself. */
  readonly #gate: SandboxGate | null;
  readonly #load: LoadGate;

  constructor(options: RunGuardOptions) {
    this.#options = options;
    this.#disks = diskWatchOf(options);
    const { provider, model, host } = options;
    this.#load = new LoadGate({
      // Sandboxes whose disk is here have their memory from here.
      memory: (provider?.storageFolders() ?? []).length > 0 ? host.memory : null,
      waitingCalls: () => model?.waitingCalls?.() ?? 0,
      note: (text) => {
        options.note('info', text);
      },
    });
    this.#gate =
      provider === null
        ? null
        : new SandboxGate({
            provider,
            patienceMs: options.enginePatienceMs ?? enginePatienceMs,
            note: (text) => {
              options.note('warning', text);
            },
          });
  }

  /** Tells what the run will need, and looks after it from now on. */
  async begin(upcoming: readonly UpcomingTask[], signal: AbortSignal): Promise<void> {
    const { runDir, plan, provider, model, held, stop, note, host } = this.#options;
    held.lost.addEventListener('abort', this.#lost);
    this.#disks.start((message) => {
      stop(new RunStop('disk', message));
    });
    if (provider === null) return;
    try {
      const usesModel = model !== null;
      const estimate = await estimateDisk(upcoming, { provider, usesModel }, { signal });
      const storage = provider.storageFolders();
      const told = await estimateNote(estimate, {
        runDir,
        storage,
        minFree: plan.config.min_free_disk,
      });
      if (told !== null) note(told.level, told.text);
    } catch (error) {
      // It is for people's plans alone.
      host.log('info', `what the run will write could not be estimated: ${String(error)}`);
    }
  }

  /**
   * Waits until a trial may begin in this process.
   *
   * @returns what is to be called when it has ended; null: the run is over instead
   */
  async enter(signal: AbortSignal): Promise<(() => void) | null> {
    const leave = await this.#load.enter(signal);
    const end = (await this.#gate?.pass(signal)) ?? null;
    if (end !== null) this.#options.stop(end);
    if (end === null && !signal.aborted) return leave;
    leave();
    return null;
  }

  /** What a trial came to may say that no other one can do better. */
  async ended(result: TrialResult): Promise<void> {
    const { stop } = this.#options;
    this.#gate?.ended(result);
    // A sandbox that filled the room that it was given is its trial's matter.
    if (result.cause === 'disk-full' && (await this.#disks.mayBeFull()))
      stop(new RunStop('disk', result.detail ?? 'the disk is full'));
    // Every other trial would be denied as well.
    if (result.cause === 'model-denied')
      stop(new RunStop('model', result.detail ?? 'the model is denied'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.held.lost.removeEventListener('abort', this.#lost);
    await this.#disks[Symbol.asyncDispose]();
  }

  readonly #lost = (): void => {
    this.#options.stop(new RunStop('locked', String(this.#options.held.lost.reason)));
  };
}

/** The disks of a run in `runDir`, or, before it has one, of runs in that folder. */
export function diskWatchOf({
  host,
  runDir,
  plan,
  provider,
}: Pick<RunGuardOptions, 'host' | 'runDir' | 'plan' | 'provider'>): DiskWatch {
  return new DiskWatch({
    folders: [runDir, host.cacheDir],
    minFree: plan.config.min_free_disk,
    provider,
    log: (message) => {
      host.log('info', message);
    },
  });
}
