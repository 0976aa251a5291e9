import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Stops this window's server; its runs can go on with the next one. */
export function stopServer({ server }: Services): CommandContract['benchyard.server.stop'] {
  return () => server.stop();
}
