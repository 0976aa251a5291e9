const MB = 1_000_000;

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** Called with lines for people: what is downloaded, what is tried again. */
  readonly onProgress?: ((line: string) => void) | undefined;
  /**
   * Called with how many bytes of the file are there, and how many of them have just come; then `onProgress` is not told
   * how far a download is.
   */
  readonly onBytes?: ((bytes: number, added: number) => void) | undefined;
}

/** Tells how far a download is, once in ten hundredths and not for what is there at once. */
export class Progress {
  bytes: number;
  readonly #name: string;
  readonly #size: number | null;
  readonly #say: DownloadOptions['onProgress'];
  readonly #count: DownloadOptions['onBytes'];
  #told: number;

  constructor(
    {
      name,
      size,
      from,
    }: { readonly name: string; readonly size: number | null; readonly from: number },
    { onProgress, onBytes }: Pick<DownloadOptions, 'onProgress' | 'onBytes'>,
  ) {
    this.#name = name;
    this.#size = size;
    this.#say = onBytes === undefined ? onProgress : undefined;
    this.#count = onBytes;
    this.bytes = from;
    this.#told = this.#tenth();
    this.#count?.(from, 0);
    this.#tell(from > 0 ? 'going on with' : 'downloading');
  }

  add(count: number): number {
    this.bytes += count;
    this.#count?.(this.bytes, count);
    if (this.#tenth() > this.#told) {
      this.#told = this.#tenth();
      if (this.#size !== null && this.#size > 10 * MB) this.#tell('downloading');
    }
    return this.bytes;
  }

  #tenth(): number {
    return this.#size === null ? 0 : Math.floor((10 * this.bytes) / Math.max(1, this.#size));
  }

  #tell(doing: string): void {
    const whole = this.#size === null ? '' : ` of ${inMb(this.#size)}`;
    this.#say?.(`${doing} ${this.#name}: ${inMb(this.bytes)}${whole} MB`);
  }
}

function inMb(bytes: number): string {
  return (bytes / MB).toFixed(1);
}
