import type { StageContext } from '../../benchmark';

/** A stage's way of running commands for a tool call: the same limit, no log and no record of its own. */
export function toolStage(limitS: number, signal: AbortSignal): StageContext {
  const started = performance.now();
  const remainingMs = (): number =>
    Math.max(1, Math.ceil(limitS * 1000 - (performance.now() - started)));
  return {
    signal,
    limitSignal: signal,
    remainingMs,
    exec: (sandbox, argv, options = {}) =>
      sandbox.exec(argv, { ...options, timeoutMs: remainingMs(), signal }),
    log: () => undefined,
  };
}
