import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { classifyPullFailure, pullError } from '../../../src/runner/sandbox/imageErrors';
import type { EngineMessage } from '../../../src/runner/sandbox/imageProgress';
import { BuildLog, followEngine, pullReporter } from '../../../src/runner/sandbox/imageProgress';
import { never } from '../../support/temp';

async function follow(chunks: readonly (string | Buffer)[]): Promise<readonly EngineMessage[]> {
  const messages: EngineMessage[] = [];
  const onMessage = (message: EngineMessage): void => void messages.push(message);
  await followEngine(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), {
    signal: never,
    onMessage,
  });
  return messages;
}

test('messages are read across chunk borders, also within a character', async () => {
  const bytes = Buffer.from('{"status":"für"}\r\n{"stream":"x"}\n\n');
  const at = bytes.indexOf(0xc3) + 1;
  expect(await follow([bytes.subarray(0, at), bytes.subarray(at)])).toEqual([
    { status: 'für' },
    { stream: 'x' },
  ]);
});

test('a failure inside the stream is an error with its reason', async () => {
  const failing = follow([
    '{"status":"Pulling"}\n',
    '{"errorDetail":{"message":"toomanyrequests: slow down"},"error":"short"}\n',
  ]);
  await expect(failing).rejects.toThrow('toomanyrequests: slow down');
  await expect(follow(['{"error":"only this"}'])).rejects.toThrow('only this');
});

test('cancelling ends the reading with the reason', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const endless = new Readable({ read: () => undefined });
  const reading = followEngine(endless, { signal: stop.signal, onMessage: () => undefined });
  stop.abort(reason);
  await expect(reading).rejects.toBe(reason);
  expect(endless.destroyed).toBe(true);
});

test('a pull is summed up, and not at every message', () => {
  const lines: string[] = [];
  let now = 0;
  const take = pullReporter(
    'x:1',
    (line) => lines.push(line),
    () => now,
  );
  take({ id: '1', status: 'Pulling from library/x' });
  for (const id of ['a', 'b']) take({ id, status: 'Pulling fs layer' });
  take({ id: 'a', status: 'Already exists' });
  for (const current of [1e6, 2e6, 5e6]) {
    now += 600;
    take({ id: 'b', status: 'Downloading', progressDetail: { current, total: 10e6 } });
  }
  take({ id: 'b', status: 'Download complete' });
  take({ id: 'b', status: 'Pull complete' });
  expect(lines).toEqual([
    'Pulling x:1: 0 of 1 layers, 0 of 0 MB',
    'Pulling x:1: 1 of 2 layers, 2 of 10 MB',
    'Pulling x:1: 2 of 2 layers, 10 of 10 MB',
  ]);
});

test('a build log has lines, and keeps those of the step that failed', () => {
  const lines: string[] = [];
  const log = new BuildLog((line) => lines.push(line));
  for (const stream of [
    'Step 1/2 : FROM x\n',
    ' ---> 1a2b\n',
    'Step 2/2 : RUN y\n',
    'out',
    'put\n',
  ]) {
    log.take({ stream });
  }
  log.take({ stream: '10%\r100%\n\u001b[91mred\u001b[0m\nlast' });
  expect(lines).toEqual(['Step 1/2 : FROM x', 'Step 2/2 : RUN y', 'output', '100%', 'red']);
  expect(log.failedStep()).toBe('Step 2/2 : RUN y\noutput\n100%\nred\nlast');
});

test.each([
  ['Get "https://r.test/v2/": dial tcp: lookup r.test: no such host', 'unreachable', true],
  ['dial tcp 10.0.0.1:443: connect: connection refused', 'unreachable', true],
  ['net/http: TLS handshake timeout', 'busy', true],
  ['toomanyrequests: You have reached your pull rate limit', 'rate-limited', true],
  ['received unexpected HTTP status: 503 Service Unavailable', 'busy', true],
  [
    'pull access denied for a/b, repository does not exist or may require docker login',
    'denied',
    false,
  ],
  ['unauthorized: authentication required', 'denied', false],
  ['manifest for a:1 not found: manifest unknown: manifest unknown', 'not-found', false],
  ['no matching manifest for linux/arm64/v8 in the manifest list entries', 'platform', false],
  ['filesystem layer verification failed for digest sha256:00', 'other', false],
  ['x509: certificate signed by unknown authority', 'unreachable', true],
] as const)('%s', (reason, kind, retryable) => {
  const failure = classifyPullFailure(new Error(`(HTTP code 500) server error - ${reason} `));
  expect(failure).toEqual({ kind, reason });
  const error = pullError('a:1', failure, null);
  expect(error).toMatchObject({ code: 'image-unavailable', retryable });
  expect(error.message).toContain(reason);
});

test('a full disk is its own error', () => {
  const failure = classifyPullFailure(new Error('write /var/x: no space left on device'));
  expect(pullError('a:1', failure, null).code).toBe('disk-full');
});
