import { noUsage } from '../model';
import type { CompleteOptions } from './model';

/**
 * For the moments of a call in which no request is under way: a cancel costs nothing then.
 *
 * @throws the signal's reason when it has aborted
 */
export function throwIfCancelled({ signal, meter }: CompleteOptions): void {
  if (!signal.aborted) return;
  meter?.cutOff(noUsage);
  signal.throwIfAborted();
}
