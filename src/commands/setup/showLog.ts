import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Shows the extension's own log. */
export function showLog({ log }: Services): CommandContract['benchyard.log.show'] {
  return () => {
    log.show();
    return Promise.resolve();
  };
}
