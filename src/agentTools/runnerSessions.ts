import type { Runner } from '../runner/index';
import type { StartSessionRun } from './taskSessions';

/** Starts the runs of sessions with the core itself, for faces that keep no runs of their own. */
export function startWith(runner: () => Promise<Runner>): StartSessionRun {
  return async (config, { signal, onSession }) => {
    const controller = new AbortController();
    // Until the run is there, giving up the call gives up the run.
    const cancel = (): void => {
      controller.abort(signal.reason);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const core = await runner();
      const handle = await core.startRun(config, {
        signal: controller.signal,
        observer: { onSession },
      });
      return {
        ended: handle.done.then(({ state }) => state),
        cancel: () => {
          controller.abort();
        },
      };
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
}
