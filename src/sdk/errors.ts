/** Why a server could not do what it was asked, or could not be asked. `message` says what to do. */
export class ApiError extends Error {
  /** HTTP status; null: there was no answer. */
  readonly status: number | null;
  /** What programs match on, such as `not-found` or `invalid-config`. */
  readonly code: string;

  constructor(
    message: string,
    { status, code, cause }: { status: number | null; code: string; cause?: unknown },
  ) {
    super(message, { cause });
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }

  /** Asking again later may succeed without anybody changing anything: the server is busy, or being started anew. */
  get isPassing(): boolean {
    return this.status === null || [401, 502, 503, 504].includes(this.status);
  }
}
