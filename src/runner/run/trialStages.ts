import type {
  Benchmark,
  BorrowedSandbox,
  StageContext,
  StageOutcome,
  TrialContext,
} from '../benchmarks/benchmark';
import type {
  RunConfig,
  StageCause,
  StageLimits,
  StageResult,
  Task,
  TrialEventBody,
} from '../model';
import { partialStageLimitsSchema, resolveStageLimits } from '../model';
import type { EnvironmentSpec, ExecResult, Sandbox } from '../sandbox/sandbox';
import { writeWhole } from '../store/files';
import type { trialPaths } from '../store/runFolder';
import { StageLog } from './stageLog';

/** A command gets this long after its limit to report its own timeout before the stage is cut from outside. */
const graceMs = 3000;

/** The limits of a task's trials: the run's over the task's over the usual ones. */
export function limitsOfTask<T extends Task>(
  benchmark: Benchmark<T>,
  task: T,
  { timeouts }: RunConfig,
): StageLimits {
  return resolveStageLimits(partialStageLimitsSchema.parse(benchmark.limits(task)), timeouts);
}

export interface TrialStagesOptions {
  readonly attempt: number;
  readonly limits: StageLimits;
  readonly paths: ReturnType<typeof trialPaths>;
  readonly signal: AbortSignal;
  readonly emit: (body: TrialEventBody) => Promise<void>;
  readonly showOutput: (stage: string, text: string) => void;
  /** Sandboxes that the run's trials share. */
  readonly borrow: (
    spec: EnvironmentSpec,
    options: { readonly signal: AbortSignal },
  ) => Promise<BorrowedSandbox>;
}

/**
 * Runs the stages of one trial: each under the smaller of its own limit and what is left of the total, with its log,
 * its events and its record. The agent's stage has its own clock and leaves the total alone.
 */
export class TrialStages implements TrialContext {
  readonly signal: AbortSignal;
  readonly attempt: number;
  readonly limits: StageLimits;
  readonly #options: TrialStagesOptions;
  readonly #results = new Map<string, StageResult>();
  #usedMs = 0;

  constructor(options: TrialStagesOptions) {
    this.#options = options;
    this.signal = options.signal;
    this.attempt = options.attempt;
    this.limits = options.limits;
  }

  get results(): readonly StageResult[] {
    return [...this.#results.values()];
  }

  readonly stage = async <T>(
    name: string,
    limitS: number,
    work: (stage: StageContext) => Promise<StageOutcome<T>>,
  ): Promise<StageOutcome<T>> => {
    const alreadyMs = (this.#results.get(name)?.duration_s ?? 0) * 1000;
    const ownMs = limitS * 1000 - alreadyMs;
    const totalMs = name === 'agent' ? ownMs : this.limits.total * 1000 - this.#usedMs;
    const limitMs = Math.max(0, Math.min(ownMs, totalMs));
    const started = performance.now();
    const log = new StageLog(this.#options.paths.log(name));
    let outcome: StageOutcome<T>;
    try {
      await Promise.all([
        this.#options.emit({ type: 'stage.started', stage: name, limit_s: limitMs / 1000 }),
        log.open(),
      ]);
      outcome = await this.#underLimit(name, limitMs, log, work);
    } catch (error) {
      await this.#record(name, {
        startedAt: started,
        alreadyMs,
        cause: this.signal.aborted ? 'cancelled' : 'failed',
        exitCode: null,
        detail: messageOf(error),
      });
      throw error;
    } finally {
      await log.close();
    }
    if (!outcome.ok && outcome.cause === 'timeout' && totalMs < ownMs) {
      outcome = {
        ...outcome,
        detail: `the ${this.limits.total} s for all stages together were used up`,
      };
    }
    await this.#record(name, {
      startedAt: started,
      alreadyMs,
      cause: outcome.ok ? (outcome.cause ?? 'done') : outcome.cause,
      exitCode: outcome.exitCode ?? null,
      detail: outcome.ok ? undefined : outcome.detail,
    });
    return outcome;
  };

  readonly note = (text: string): void => {
    // A failed write stops the run by itself (EventLog).
    this.#options.emit({ type: 'trial.note', text }).catch(() => undefined);
  };

  readonly keep = async (name: string, content: string | Uint8Array): Promise<void> => {
    await writeWhole(`${this.#options.paths.folder}/${name}`, content);
  };

  readonly borrow = (spec: EnvironmentSpec): Promise<BorrowedSandbox> =>
    this.#options.borrow(spec, { signal: this.signal });

  /** Records stages that this trial did not have to run, or that another trial ran for it. */
  async adopt(results: readonly StageResult[]): Promise<void> {
    for (const result of results) {
      this.#results.set(result.stage, result);
      await this.#options.emit({ type: 'stage.ended', result });
    }
  }

  async #underLimit<T>(
    name: string,
    limitMs: number,
    log: StageLog,
    work: (stage: StageContext) => Promise<StageOutcome<T>>,
  ): Promise<StageOutcome<T>> {
    const started = performance.now();
    const remainingMs = (): number =>
      Math.max(1, Math.ceil(limitMs - (performance.now() - started)));
    const late: StageOutcome<T> = {
      ok: false,
      cause: 'timeout',
      exitCode: null,
      detail: `the stage reached its limit of ${Number((limitMs / 1000).toFixed(1))} s`,
    };
    if (limitMs <= 0) return late;
    const limit = new AbortController();
    const cut = new AbortController();
    const timers = [
      setTimeout(() => {
        limit.abort(new Error('stage limit'));
      }, limitMs),
      setTimeout(() => {
        cut.abort(new Error('stage limit'));
      }, limitMs + graceMs),
    ];
    const signal = AbortSignal.any([this.signal, cut.signal]);
    const limitSignal = AbortSignal.any([this.signal, limit.signal]);
    const show = (text: string): void => {
      log.write(text);
      this.#options.showOutput(name, text);
    };
    const exec = (
      sandbox: Sandbox,
      argv: readonly string[],
      options: Parameters<StageContext['exec']>[2] = {},
    ): Promise<ExecResult> =>
      sandbox.exec(argv, { onOutput: show, ...options, timeoutMs: remainingMs(), signal });
    try {
      return await work({ signal, limitSignal, remainingMs, exec, log: show });
    } catch (error) {
      this.signal.throwIfAborted();
      if (limit.signal.aborted) return late;
      throw error;
    } finally {
      timers.forEach(clearTimeout);
    }
  }

  async #record(
    stage: string,
    end: {
      readonly startedAt: number;
      readonly alreadyMs: number;
      readonly cause: StageCause;
      readonly exitCode: number | null;
      readonly detail: string | undefined;
    },
  ): Promise<void> {
    const ms = performance.now() - end.startedAt;
    if (stage !== 'agent') this.#usedMs += ms;
    const result: StageResult = {
      stage,
      cause: end.cause,
      exit_code: end.exitCode,
      duration_s: Number(((ms + end.alreadyMs) / 1000).toFixed(3)),
      ...(end.detail === undefined ? {} : { detail: end.detail }),
    };
    this.#results.set(stage, result);
    await this.#options.emit({ type: 'stage.ended', result });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
