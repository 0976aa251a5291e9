import { describe, expect, test } from 'vitest';
import { never } from '../../support/temp';
import { openFakeHelper } from './fakeHelper';

const options = { timeoutMs: 60_000, signal: never };
const ended = {
  event: 'end',
  cause: 'exited',
  code: 0,
  signal: null,
  dropped: [0, 0],
  ms: 1,
  message: null,
};

describe('a channel to a helper that cannot be trusted', () => {
  test('ends the sandbox when the helper breaks the protocol', async () => {
    const helper = await openFakeHelper();
    const running = helper.channel.exec(['true'], options);
    const { id } = await helper.hear();
    helper.say({ event: 'surprise', id });
    await expect(running).rejects.toMatchObject({
      code: 'sandbox-lost',
      message: expect.stringContaining('protocol') as string,
    });
    expect(helper.kills()).toBe(1);
    await expect(helper.channel.exec(['true'], options)).rejects.toMatchObject({
      code: 'sandbox-lost',
    });
  });

  test('takes no more output than it asked for', async () => {
    const helper = await openFakeHelper();
    const running = helper.channel.exec(['true'], { ...options, outputLimitBytes: 10 });
    const { id } = await helper.hear();
    helper.say({ event: 'output', id, fd: 1 }, Buffer.alloc(11));
    await expect(running).rejects.toMatchObject({ code: 'sandbox-lost' });
    expect(helper.kills()).toBe(1);
  });

  test('hears nothing about commands that it did not start', async () => {
    const helper = await openFakeHelper();
    const running = helper.channel.exec(['true'], options);
    const { id } = await helper.hear();
    helper.say({ event: 'output', id: id + 7, fd: 1 }, Buffer.from('forged'));
    helper.say({ ...ended, id: id + 7, code: 9 });
    helper.say({ ...ended, id });
    expect(await running).toMatchObject({ cause: 'exited', exitCode: 0, stdout: Buffer.alloc(0) });
  });

  test('does not believe a cancel that nobody asked for', async () => {
    const helper = await openFakeHelper();
    const running = helper.channel.exec(['true'], options);
    const { id } = await helper.hear();
    helper.say({ ...ended, id, cause: 'cancelled', code: null });
    await expect(running).rejects.toMatchObject({ code: 'sandbox-lost' });
  });

  test('tells why the sandbox is gone when the provider knows', async () => {
    const helper = await openFakeHelper(() => Promise.resolve('it ran out of memory'));
    const running = helper.channel.exec(['true'], options);
    await helper.hear();
    helper.die();
    await expect(running).rejects.toMatchObject({
      code: 'sandbox-lost',
      message: 'The sandbox is gone: it ran out of memory.',
    });
  });

  test('refuses what comes out of a sandbox when a name in it leads outside', async () => {
    const helper = await openFakeHelper();
    const running = helper.channel.copyOut('.', { signal: never });
    const { id } = await helper.hear();
    helper.say({ event: 'output', id, fd: 1 }, tarHeader('../../evil'));
    helper.say({ ...ended, id });
    await expect(running).rejects.toMatchObject({ code: 'invalid-config' });
  });

  test('an error of whoever listens to output ends the command, not the channel', async () => {
    const helper = await openFakeHelper();
    const bug = new Error('listener');
    const running = helper.channel.exec(['true'], {
      ...options,
      onOutput: () => {
        throw bug;
      },
    });
    const { id } = await helper.hear();
    helper.say({ event: 'output', id, fd: 1 }, Buffer.from('x'));
    await expect(running).rejects.toBe(bug);
    expect(await helper.hear()).toMatchObject({ op: 'cancel', id });
    const next = helper.channel.exec(['true'], options);
    helper.say({ ...ended, id: (await helper.hear()).id });
    expect(await next).toMatchObject({ cause: 'exited' });
    expect(helper.kills()).toBe(0);
  });

  test('sends no more stdin than the command takes', async () => {
    const helper = await openFakeHelper();
    const running = helper.channel.exec(['cat'], {
      ...options,
      stdin: new Uint8Array(4 * 1024 ** 2),
    });
    const { id } = await helper.hear();
    const window = 4;
    for (let chunk = 0; chunk < window; chunk += 1) {
      expect(await helper.hear()).toMatchObject({ op: 'stdin', id });
    }
    const next = helper.hear();
    expect(await Promise.race([next, Promise.resolve('nothing')])).toBe('nothing');
    helper.say({ event: 'taken', id, bytes: 256 * 1024 });
    expect(await next).toMatchObject({ op: 'stdin', id });
    helper.say({ ...ended, id });
    expect(await running).toMatchObject({ cause: 'exited' });
  });
});

function tarHeader(name: string): Buffer {
  const block = Buffer.alloc(1536);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write('00000000000\0', 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write('0', 156);
  const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
