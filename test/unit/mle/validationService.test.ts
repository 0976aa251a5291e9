import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type {
  FormatAnswer,
  ValidationService,
} from '../../../src/runner/benchmarks/mle/validationService';
import { validationService } from '../../../src/runner/benchmarks/mle/validationService';

const maxBytes = 1000;

let server: Server;
let service: ValidationService;
let checked: string[];
let check: (file: Uint8Array) => Promise<FormatAnswer>;

beforeEach(async () => {
  checked = [];
  check = () => Promise.resolve({ valid: true, reason: null });
  service = validationService({
    check: (file) => {
      checked.push(Buffer.from(file).toString('utf8'));
      return check(file);
    },
    maxBytes,
  });
  server = createServer(service.accept);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  service.close();
  server.close();
  await once(server, 'close');
});

const port = (): number => (server.address() as AddressInfo).port; // a server on a port has no other address
const url = (place: string): string => `http://127.0.0.1:${port()}${place}`;

/** What the service answered, whole: no answer may have more in it. */
async function answered(response: Promise<Response>): Promise<readonly [number, unknown]> {
  const { status, headers, text } = await response.then(async (got) => ({
    status: got.status,
    headers: got.headers,
    text: await got.text(),
  }));
  expect(headers.get('content-type')).toBe('application/json');
  return [status, JSON.parse(text)];
}

function form(content: string, name = 'file'): RequestInit {
  const body = new FormData();
  body.append('note', 'from the test');
  body.append(name, new File([content], 'submission.csv'));
  return { method: 'POST', body };
}
const sent = (init: RequestInit, place = '/validate'): Promise<readonly [number, unknown]> =>
  answered(fetch(url(place), init));

describe('the validation service', () => {
  test('says that it is there', async () => {
    expect(await sent({}, '/health')).toEqual([200, { status: 'running' }]);
  });

  test('says that a format is right, and nothing else', async () => {
    const csv = 'id,label\n1,0.5\n';
    expect(await sent(form(csv))).toEqual([200, { valid: true, result: 'Submission is valid.' }]);
    expect(checked).toEqual([csv]);
  });

  test('says what is wrong with a format', async () => {
    check = () => Promise.resolve({ valid: false, reason: 'It has no column "id".' });
    expect(await sent(form('x'))).toEqual([
      200,
      { valid: false, result: 'Submission invalid! It has no column "id".' },
    ]);
  });

  test('does not tell what broke while it checked', async () => {
    check = () => Promise.reject(new Error('the answer of row 3 is 1'));
    const [status, body] = await sent(form('x'));
    expect([status, body]).toEqual([500, { error: 'The submission cannot be checked now.' }]);
    check = () => Promise.resolve({ valid: true, reason: null });
    expect((await sent(form('x')))[0]).toBe(200);
  });

  const expected = {
    error: expect.stringContaining(
      'multipart form with the submission in the field "file"',
    ) as string,
  };
  test.each([
    ['no file', form('x', 'other')],
    ['JSON', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }],
    ['nothing at all', { method: 'POST' }],
    [
      'a multipart body without a boundary',
      { method: 'POST', body: 'x', headers: { 'content-type': 'multipart/form-data' } },
    ],
    [
      'a multipart body that is none',
      { method: 'POST', body: 'x', headers: { 'content-type': 'multipart/form-data; boundary=B' } },
    ],
  ] satisfies [string, RequestInit][])('asks for a form where there is %s', async (_, init) => {
    expect(await sent(init)).toEqual([400, expected]);
    expect(checked).toEqual([]);
  });

  test('takes a file of the largest size, and none that is larger', async () => {
    expect((await sent(form('x'.repeat(maxBytes - 1))))[0]).toBe(200);
    expect(await sent(form('x'.repeat(maxBytes + 1)))).toEqual([
      413,
      { error: 'A submission may have 1000 bytes here at most.' },
    ]);
    // One that does not fit any buffer on the way.
    expect((await sent(form('x'.repeat(5_000_000))))[0]).toBe(413);
    expect(checked).toHaveLength(1);
  });

  test.each([
    ['GET', '/validate'],
    ['POST', '/health'],
    ['GET', '/score'],
    ['GET', '/answers.csv'],
    ['PUT', '/validate'],
  ])('serves nothing else: %s %s', async (method, place) => {
    expect(await sent({ method }, place)).toEqual([
      404,
      { error: 'Only POST /validate and GET /health are served.' },
    ]);
  });

  test('outlives connections that break, in a request or while it checks', async () => {
    const begun = connect(port(), '127.0.0.1');
    begun.write(
      'POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=B\r\ncontent-length: 500\r\n\r\n--B\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nhalf',
      () => begun.destroy(),
    );
    await once(begun, 'close');
    const nonsense = connect(port(), '127.0.0.1').end('no request\r\n\r\n');
    nonsense.resume();
    await once(nonsense, 'close');

    let finish: (answer: FormatAnswer) => void = () => undefined;
    check = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    const leaving = new AbortController();
    const left = fetch(url('/validate'), { ...form('x'), signal: leaving.signal });
    await expect.poll(() => checked.length).toBe(1);
    leaving.abort();
    await expect(left).rejects.toThrow();
    finish({ valid: true, reason: null });

    check = () => Promise.resolve({ valid: true, reason: null });
    expect((await sent(form('x')))[0]).toBe(200);
  });

  test('ends what is open when it is closed', async () => {
    check = () => new Promise(() => undefined);
    const open = fetch(url('/validate'), form('x'));
    await expect.poll(() => checked.length).toBe(1);
    service.close();
    await expect(open).rejects.toThrow();
  });
});
