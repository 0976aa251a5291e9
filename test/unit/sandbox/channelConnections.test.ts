import type { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { SandboxListener } from '../../../src/runner/sandbox/sandbox';
import { never } from '../../support/temp';
import type { FakeHelper } from './fakeHelper';
import { openFakeHelper } from './fakeHelper';

const window = 256 * 1024;

async function listening(
  limit = 2,
): Promise<{ helper: FakeHelper; id: number; connections: Duplex[]; listener: SandboxListener }> {
  const helper = await openFakeHelper();
  const connections: Duplex[] = [];
  const options = { signal: never, maxConnections: limit };
  const made = helper.channel.listen(0, (connection) => connections.push(connection), options);
  const { id } = await helper.hear();
  helper.say({ event: 'listening', id, port: 4000 });
  return { helper, id, connections, listener: await made };
}

describe('connections by a helper that cannot be trusted', () => {
  test('the port is the one that it got', async () => {
    const { listener } = await listening();
    expect(listener.port).toBe(4000);
  });

  test.each([
    ['more connections than asked for', [1, 2, 3]],
    ['a connection that is opened twice', [1, 1]],
  ])('%s end the sandbox', async (_, opened) => {
    const { helper, id } = await listening();
    for (const connection of opened) helper.say({ event: 'opened', id, connection });
    await expect.poll(() => helper.kills()).toBe(1);
  });

  test('more bytes than its window end the sandbox, and the stream with it', async () => {
    const { helper, id, connections } = await listening();
    helper.say({ event: 'opened', id, connection: 1 });
    for (let part = 0; part < 5; part += 1)
      helper.say({ event: 'received', connection: 1 }, Buffer.alloc(window / 4));
    await expect.poll(() => helper.kills()).toBe(1);
    expect(connections[0]?.errored).toMatchObject({ code: 'sandbox-lost' });
  });

  test('what is read makes room for more', async () => {
    const { helper, id, connections } = await listening();
    helper.say({ event: 'opened', id, connection: 1 });
    await expect.poll(() => connections.length).toBe(1);
    let bytes = 0;
    connections[0]?.on('data', (data: Buffer) => (bytes += data.length));
    for (let part = 1; part <= 12; part += 1) {
      helper.say({ event: 'received', connection: 1 }, Buffer.alloc(window / 2));
      expect(await helper.hear()).toMatchObject({ op: 'took', bytes: window / 2 });
    }
    expect(bytes).toBe(6 * window);
    expect(helper.kills()).toBe(0);
  });

  test('connections of nobody are not believed', async () => {
    const { helper, id, connections } = await listening();
    helper.say({ event: 'opened', id: id + 5, connection: 1 });
    helper.say({ event: 'received', connection: 1 }, Buffer.from('forged'));
    helper.say({ event: 'closed', connection: 1, whole: true });
    helper.say({ event: 'opened', id, connection: 2 });
    await expect.poll(() => connections.length).toBe(1);
    expect(helper.kills()).toBe(0);
  });

  test('no more is sent than the client takes', async () => {
    const { helper, id, connections } = await listening();
    helper.say({ event: 'opened', id, connection: 1 });
    await expect.poll(() => connections.length).toBe(1);
    connections[0]?.end(Buffer.alloc(2 * window));
    for (let part = 0; part < 4; part += 1)
      expect(await helper.hear()).toMatchObject({ op: 'send', connection: 1 });
    const next = helper.hear();
    expect(await Promise.race([next, Promise.resolve('nothing')])).toBe('nothing');
    helper.say({ event: 'sent', connection: 1, bytes: window });
    expect(await next).toMatchObject({ op: 'send' });
    for (let part = 0; part < 3; part += 1)
      expect(await helper.hear()).toMatchObject({ op: 'send' });
    expect(await helper.hear()).toMatchObject({ op: 'finish', connection: 1 });
  });
});
