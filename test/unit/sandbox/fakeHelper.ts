import { PassThrough } from 'node:stream';
import { SandboxChannel } from '../../../src/runner/sandbox/channel';
import { helperProgram } from '../../../src/runner/sandbox/helper';
import { never } from '../../support/temp';

/** A frame as a helper would send it, truthful or not. */
export function helperFrame(event: object, payload: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.from(JSON.stringify(event));
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32BE(header.length, 0);
  prefix.writeUInt32BE(payload.length, 4);
  return Buffer.concat([prefix, header, payload]);
}

export interface Request {
  readonly op: string;
  readonly id: number;
}

/** The helper's end of a channel, played by the test. */
export interface FakeHelper {
  readonly channel: SandboxChannel;
  /** How often the host ended the sandbox. */
  readonly kills: () => number;
  say(event: object, payload?: Buffer): void;
  /** The next request of the host. */
  hear(): Promise<Request>;
  die(): void;
}

export async function openFakeHelper(
  explainLoss?: () => Promise<string | null>,
): Promise<FakeHelper> {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  let kills = 0;
  const options = {
    workdir: '/work',
    env: {},
    kill: () => {
      kills += 1;
    },
    signal: never,
    ...(explainLoss === undefined ? {} : { explainLoss }),
  };
  stdout.write(helperFrame({ event: 'ready', protocol: 1, python: '3.11', pid: 1 }));
  const channel = await SandboxChannel.open({ stdin, stdout }, options);
  const heard = requests(stdin);
  return {
    channel,
    kills: () => kills,
    say: (event, payload) => {
      stdout.write(helperFrame(event, payload));
    },
    hear: async () => {
      const { value } = await heard.next();
      if (value === undefined) throw new Error('the host said nothing more');
      return value;
    },
    die: () => {
      stdout.end();
    },
  };
}

async function* requests(stdin: PassThrough): AsyncGenerator<Request, undefined> {
  let bytes = Buffer.alloc(0);
  let skip = Buffer.byteLength(helperProgram);
  for await (const chunk of stdin) {
    bytes = Buffer.concat([bytes, chunk as Buffer]); // a PassThrough of bytes
    const skipped = Math.min(skip, bytes.length);
    skip -= skipped;
    bytes = bytes.subarray(skipped);
    while (skip === 0 && bytes.length >= 8) {
      const headerEnd = 8 + bytes.readUInt32BE(0);
      const end = headerEnd + bytes.readUInt32BE(4);
      if (bytes.length < end) break;
      const request = JSON.parse(bytes.toString('utf8', 8, headerEnd)) as Request; // the host's own words
      bytes = bytes.subarray(end);
      yield request;
    }
  }
  return undefined;
}
