import { expect, test } from 'vitest';
import type { Sandbox } from '../../../src/runner/sandbox/sandbox';
import { never } from '../../support/temp';
import { eventually, living, mib, python, run, sh, sha256 } from './setup';

/** A pattern of all bytes that a text decoder would break. */
function binary(bytes: number): Buffer {
  return Buffer.from(
    Uint8Array.from({ length: bytes }, (_, index) => (index * 7 + (index >> 8)) % 256),
  );
}

/** What `exec` promises of one command. */
export function commandContract(box: () => Sandbox): void {
  test('a program gets its arguments as they are, no shell between', async () => {
    const words = ['$HOME', '`id`', 'a b', '', '*', "it's", '"', '\n', 'naïve 日本', '-n'];
    const program = 'import sys, json; print(json.dumps(sys.argv[1:]))';
    const { out } = await run(box(), ['python3', '-c', program, ...words]);
    expect(JSON.parse(out)).toEqual(words);
  });

  test('a long argument arrives whole', async () => {
    const { out } = await run(box(), [
      'python3',
      '-c',
      'import sys; print(len(sys.argv[1]))',
      'x'.repeat(100_000),
    ]);
    expect(out).toBe('100000\n');
  });

  test('a command that is too long for the kernel is exit code 126, and said', async () => {
    for (const size of [4_000_000, 40_000_000]) {
      const result = await run(box(), ['echo', 'x'.repeat(size)]);
      expect(result).toMatchObject({ cause: 'exited', exitCode: 126 });
      expect(result.err).toContain('Argument list too long');
    }
  });

  test('stdout and stderr are told apart', async () => {
    const result = await sh(box(), 'echo out; echo err >&2');
    expect(result).toMatchObject({
      cause: 'exited',
      exitCode: 0,
      signal: null,
      out: 'out\n',
      err: 'err\n',
    });
  });

  test('a failing command is a result with its exit code', async () => {
    expect(await sh(box(), 'echo partly; exit 3')).toMatchObject({
      cause: 'exited',
      exitCode: 3,
      out: 'partly\n',
    });
  });

  test('a missing program is exit code 127, and said', async () => {
    const result = await run(box(), ['no-such-program-anywhere']);
    expect(result).toMatchObject({ cause: 'exited', exitCode: 127 });
    expect(result.err).toContain('no-such-program-anywhere');
  });

  test('a file that may not be executed is exit code 126', async () => {
    await box().writeFile('plain.txt', 'text', { signal: never });
    expect(await run(box(), ['./plain.txt'])).toMatchObject({ cause: 'exited', exitCode: 126 });
  });

  test('a missing cwd is exit code 126, and said', async () => {
    const result = await run(box(), ['true'], { cwd: '/no/such/folder' });
    expect(result).toMatchObject({ cause: 'exited', exitCode: 126 });
    expect(result.err).toContain('/no/such/folder');
  });

  test('a command runs in the workdir, or where it is told', async () => {
    expect((await run(box(), ['pwd'])).out).toBe(`${box().workdir}\n`);
    expect((await run(box(), ['pwd'], { cwd: '/tmp' })).out).toBe('/tmp\n');
    await sh(box(), 'mkdir -p below');
    expect((await run(box(), ['pwd'], { cwd: 'below' })).out).toBe(`${box().workdir}/below\n`);
  });

  test('environment variables come from the spec, and from the command above it', async () => {
    expect((await sh(box(), 'echo $FROM_SPEC $EXTRA', { env: { EXTRA: 'x=1 y' } })).out).toBe(
      'spec x=1 y\n',
    );
    expect((await sh(box(), 'echo $FROM_SPEC', { env: { FROM_SPEC: 'command' } })).out).toBe(
      'command\n',
    );
    expect((await sh(box(), 'echo "[$EXTRA]"')).out).toBe('[]\n');
  });

  test('HOME exists, may be written and lies inside', async () => {
    expect((await sh(box(), 'touch "$HOME/x" && echo ok')).out).toBe('ok\n');
  });

  test('stdin is empty unless given', async () => {
    expect(await sh(box(), 'cat; echo end')).toMatchObject({ out: 'end\n', exitCode: 0 });
  });

  test('binary stdin arrives byte for byte', async () => {
    const stdin = binary(3 * mib + 17);
    const { out } = await run(box(), ['sha256sum'], { stdin });
    expect(out.split(' ')[0]).toBe(sha256(stdin));
  });

  test('a program that does not read its stdin is not waited for', async () => {
    const result = await sh(box(), 'head -c 10 >/dev/null; echo done', { stdin: binary(5 * mib) });
    expect(result).toMatchObject({ cause: 'exited', exitCode: 0, out: 'done\n' });
  });

  test('stdin and output flow at the same time', async () => {
    const stdin = binary(4 * mib);
    const result = await run(box(), ['cat'], { stdin });
    expect(sha256(result.stdout)).toBe(sha256(stdin));
  });

  test('output that is not UTF-8 is kept byte for byte', async () => {
    const { stdout } = await python(
      box(),
      'import sys; sys.stdout.buffer.write(bytes(range(256)) * 40)',
    );
    expect(Buffer.from(stdout)).toEqual(
      Buffer.from(Array.from({ length: 256 * 40 }, (_, index) => index % 256)),
    );
  });

  test('characters that are split between chunks are decoded whole', async () => {
    const program = [
      'import os, time',
      'for byte in "日本語 ü €".encode():',
      '    os.write(1, bytes([byte]))',
      '    time.sleep(0.005)',
    ].join('\n');
    const heard: string[] = [];
    await python(box(), program, { onOutput: (part) => heard.push(part) });
    expect(heard.join('')).toBe('日本語 ü €');
    expect(heard.length).toBeGreaterThan(1);
  });

  test('output is told as it comes, before the command ends', async () => {
    const answers: Promise<void>[] = [];
    const result = await sh(
      box(),
      'rm -f go; echo ready; until [ -e go ]; do sleep 0.02; done; echo gone',
      {
        onOutput: (part) => {
          if (part.includes('ready')) answers.push(box().writeFile('go', '', { signal: never }));
        },
      },
    );
    await Promise.all(answers);
    expect(result).toMatchObject({ cause: 'exited', out: 'ready\ngone\n' });
  });

  test('output beyond the limit is counted, not kept, for each stream', async () => {
    const result = await sh(box(), 'head -c 5000 /dev/zero; head -c 300 /dev/zero >&2', {
      outputLimitBytes: 1000,
    });
    expect(result).toMatchObject({
      cause: 'exited',
      exitCode: 0,
      droppedBytes: { stdout: 4000, stderr: 0 },
    });
    expect(result.stdout).toHaveLength(1000);
    expect(result.stderr).toHaveLength(300);
  });

  test('output just at the limit is whole and says so', async () => {
    const result = await sh(box(), 'head -c 1000 /dev/zero', { outputLimitBytes: 1000 });
    expect(result.droppedBytes).toEqual({ stdout: 0, stderr: 0 });
  });

  test('endless output ends the command as a flood', async () => {
    const result = await run(box(), ['yes'], { outputLimitBytes: 1000, floodLimitBytes: 4 * mib });
    expect(result).toMatchObject({ cause: 'output_limit', exitCode: null });
    expect(result.stdout).toHaveLength(1000);
    expect(result.droppedBytes.stdout).toBeGreaterThan(3 * mib);
  });

  test('death by a signal is told with its name', async () => {
    expect(await sh(box(), 'kill -TERM $$')).toMatchObject({
      cause: 'signalled',
      signal: 'SIGTERM',
      exitCode: null,
    });
    expect(await sh(box(), 'kill -SEGV $$')).toMatchObject({
      cause: 'signalled',
      signal: 'SIGSEGV',
    });
  });

  test('signals have their usual effect in a command', async () => {
    // A program that inherited "ignore SIGPIPE" would complain instead of ending quietly.
    expect(await sh(box(), 'yes | head -n 1')).toMatchObject({ exitCode: 0, out: 'y\n', err: '' });
  });

  test('commands at the same time do not mix', async () => {
    const numbers = Array.from({ length: 16 }, (_, index) => String(index));
    const results = await Promise.all(
      numbers.map((n) => sh(box(), `for i in 1 2 3; do echo ${n}; done; exit ${n}`)),
    );
    expect(results.map(({ out }) => out)).toEqual(numbers.map((n) => `${n}\n`.repeat(3)));
    expect(results.map(({ exitCode }) => exitCode)).toEqual(numbers.map(Number));
  });

  test('a background child that holds stdout does not delay its command', async () => {
    const result = await sh(box(), 'sleep 300 & echo $! > held.pid; echo started');
    expect(result).toMatchObject({ cause: 'exited', out: 'started\n' });
    expect(result.durationMs).toBeLessThan(20_000);
    expect(await living(box(), 'held.pid')).toHaveLength(1);
    await sh(box(), 'kill -9 $(cat held.pid)');
  });

  test('a background child may go on writing after its command has ended', async () => {
    await sh(
      box(),
      'rm -f on wrote; (until [ -e on ]; do sleep 0.02; done; seq 100000; touch wrote) &',
    );
    await box().writeFile('on', '', { signal: never });
    await eventually(box(), '[ -e wrote ]');
  });

  test('nothing is left of a command that has ended', async () => {
    await sh(box(), 'true');
    const { out } = await sh(
      box(),
      'grep -l "^State:.*zombie" /proc/[0-9]*/status 2>/dev/null | wc -l',
    );
    expect(out.trim()).toBe('0');
  });

  test('how long a command took is told', async () => {
    const { durationMs } = await sh(box(), 'sleep 0.3');
    expect(durationMs).toBeGreaterThanOrEqual(300);
    expect(durationMs).toBeLessThan(20_000);
  });
}
