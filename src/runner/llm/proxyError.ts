/** An error as OpenAI's API words it. */
export class ProxyError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  get body(): unknown {
    const type = this.status === 402 ? 'insufficient_quota' : 'invalid_request_error';
    return {
      error: {
        message: this.message,
        type: this.status >= 500 ? 'server_error' : type,
        param: null,
        code: this.code,
      },
    };
  }
}
