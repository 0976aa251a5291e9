/** Options of every call of the core that takes time. */
export interface CallOptions {
  readonly signal: AbortSignal;
}
