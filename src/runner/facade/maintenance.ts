import type { Check, SandboxLeftover } from '../sandbox/sandbox';
import type { CallOptions } from './calls';

export interface CleanOptions extends CallOptions {
  /** What to look at; nothing named means containers and leftovers of dead processes only. */
  readonly images?: boolean;
  readonly snapshots?: boolean;
  readonly containers?: boolean;
  readonly cache?: boolean;
  readonly dryRun: boolean;
}

export interface CleanedItem {
  readonly kind: SandboxLeftover['kind'] | 'snapshot' | 'cache';
  readonly id: string;
  readonly bytes: number;
  readonly removed: boolean;
}

export interface DoctorReport {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

/** What a machine needs, and what is left on it. */
export interface MaintenanceCalls {
  doctor(options: CallOptions): Promise<DoctorReport>;
  clean(options: CleanOptions): Promise<readonly CleanedItem[]>;
  /** Removes what dead processes left. Runs start with it; the editor calls it once. */
  reap(options: CallOptions): Promise<number>;
}
