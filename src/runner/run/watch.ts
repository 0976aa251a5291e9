import { watch } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Host } from '../host';
import type { RunState } from '../model';
import { RunReader } from '../store/runReader';
import { withInterruption } from './interruption';

/** Nothing may be told more often. */
const coalesceMs = 100;
/** A folder on a network file system tells nothing by itself. */
const pollMs = 1000;

/**
 * Follows a run that any process writes: tells the state now and after every change, until the run ended, its process
 * died (then the state says `interrupted`) or the signal aborts.
 */
export async function watchRun(
  runDir: string,
  host: Host,
  {
    signal,
    onState,
  }: { readonly signal: AbortSignal; readonly onState: (state: RunState) => void },
): Promise<void> {
  let wake: () => void = () => undefined;
  const watcher = watch(runDir, { recursive: true }, () => {
    wake();
  });
  // Without notices (their number may be used up) polling goes on alone.
  watcher.on('error', (error) => {
    host.log('debug', `changes of ${runDir} are polled: ${error.message}`);
  });
  try {
    const reader = new RunReader(runDir, { keptFirst: true });
    let told = '';
    while (!signal.aborted) {
      const state = await withInterruption(runDir, host, await reader.refresh());
      const version = versionOf(state);
      if (version !== told) onState(state);
      told = version;
      if (state.phase !== 'running') return;
      await delay(coalesceMs, undefined, { signal }).catch(() => undefined);
      await Promise.race([
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
        delay(pollMs, undefined, { signal, ref: false }).catch(() => undefined),
      ]);
    }
  } finally {
    watcher.close();
  }
}

function versionOf(state: RunState): string {
  return `${state.lastSeq}:${[...state.trials.values()].map((trial) => trial.lastSeq).join(',')}`;
}
