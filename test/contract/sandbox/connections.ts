import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import type { Sandbox } from '../../../src/runner/sandbox/sandbox';
import { never } from '../../support/temp';
import type { ContractSubject, World } from './setup';
import { eventually, mib, python, run, sh } from './setup';

const signal = never;

/** A client inside: connects to the port as `client`, then does what it is told. */
function client(box: Sandbox, port: number, program: string): ReturnType<typeof python> {
  const connect = `import hashlib, socket, sys, threading\nclient = socket.create_connection(("127.0.0.1", ${port}))\n`;
  return python(box, connect + program);
}

const readAll = `
def read_all():
    data = b""
    while True:
        part = client.recv(65536)
        if not part:
            return data
        data += part
`;

function echo(connection: Duplex): void {
  connection.pipe(connection);
}

/** What `listen` promises. */
export function connectionContract(box: () => Sandbox): void {
  test('what a client says comes back whole, 10 MiB both ways at the same time', async () => {
    await using listener = await box().listen(0, echo, { signal });
    const seen = await client(
      box(),
      listener.port,
      `${readAll}
data = hashlib.sha256(b"seed").digest() * (10 * 1024 * 1024 // 32)
def send():
    client.sendall(data)
    client.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
print(read_all() == data)`,
    );
    expect(seen).toMatchObject({ out: 'True\n', err: '' });
  });

  test('fifty clients at once each get their own answer', async () => {
    await using listener = await box().listen(0, echo, { signal, maxConnections: 8 });
    const seen = await python(
      box(),
      `
import socket, threading
right = []
def ask(number):
    with socket.create_connection(("127.0.0.1", ${listener.port})) as client:
        text = b"client %d" % number
        client.sendall(text)
        client.shutdown(socket.SHUT_WR)
        data = b""
        while True:
            part = client.recv(100)
            if not part:
                break
            data += part
        right.append(data == text)
threads = [threading.Thread(target=ask, args=(n,)) for n in range(50)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(right.count(True))`,
    );
    expect(seen).toMatchObject({ out: '50\n', err: '' });
  });

  test('each side may end first and still hears what the other has to say', async () => {
    const heard: string[] = [];
    await using listener = await box().listen(
      0,
      (connection) => {
        connection.end('said first, ');
        connection.on('data', (data: Buffer) => heard.push(data.toString()));
      },
      { signal },
    );
    const hostFirst = await client(
      box(),
      listener.port,
      `${readAll}\nprint(read_all().decode())\nclient.sendall(b"and answered")\nclient.close()`,
    );
    expect(hostFirst).toMatchObject({ out: 'said first, \n', err: '' });
    await expect.poll(() => heard.join('')).toBe('and answered');

    await using other = await box().listen(
      0,
      (connection) => {
        let question = '';
        connection.on('data', (data: Buffer) => (question += data.toString()));
        connection.on('end', () => connection.end(`to: ${question}`));
      },
      { signal },
    );
    const clientFirst = await client(
      box(),
      other.port,
      `${readAll}\nclient.sendall(b"question")\nclient.shutdown(socket.SHUT_WR)\nprint(read_all().decode())`,
    );
    expect(clientFirst).toMatchObject({ out: 'to: question\n', err: '' });
  });

  test('a client that floods a host that does not read waits, and disturbs nobody', async () => {
    const connections: Duplex[] = [];
    await using listener = await box().listen(0, (one) => connections.push(one), { signal });
    const program = `import socket\nclient = socket.create_connection(("127.0.0.1", ${listener.port}))\nsent = 0\nclient.settimeout(1)\ntry:\n    while True:\n        sent += client.send(b"x" * 65536)\nexcept socket.timeout:\n    print(sent < 32 * 1024 * 1024)\n    open("/tmp/full", "w").close()\n    client.settimeout(None)\n    client.recv(1)`;
    const flooding = python(box(), program);
    await eventually(box(), 'test -e /tmp/full');
    await using second = await box().listen(0, echo, { signal });
    const asked = await client(
      box(),
      second.port,
      'client.sendall(b"still here")\nprint(client.recv(100).decode())',
    );
    expect(asked.out).toBe('still here\n');
    const [flood] = connections;
    expect(flood?.readableLength).toBeLessThanOrEqual(mib);
    flood?.end('x');
    expect(await flooding).toMatchObject({ out: 'True\n', err: '' });
    flood?.destroy();
  });

  test('a host that floods a client that does not read waits', async () => {
    let written = 0;
    let drained = false;
    await using listener = await box().listen(
      0,
      (connection) => {
        const more = (): void => {
          while (written < 64 * mib) {
            written += mib;
            if (!connection.write(Buffer.alloc(mib))) {
              connection.once('drain', more);
              return;
            }
          }
          drained = true;
          connection.end();
        };
        more();
      },
      { signal },
    );
    const program = `client.settimeout(20)\nclient.recv(1)\nopen("/tmp/began", "w").close()\nimport os, time\nwhile not os.path.exists("/tmp/go"): time.sleep(0.01)\ntotal = 1\nwhile True:\n    part = client.recv(1 << 20)\n    if not part: break\n    total += len(part)\nprint(total)`;
    const reading = client(box(), listener.port, program);
    await eventually(box(), 'test -e /tmp/began');
    // Much passes through the channel meanwhile: what the host wrote would have arrived long ago.
    expect((await run(box(), ['head', '-c', '5000000', '/dev/zero'])).stdout.length).toBe(5e6);
    expect(drained).toBe(false);
    expect(written).toBeLessThan(32 * mib);
    await sh(box(), 'touch /tmp/go');
    expect((await reading).out).toBe(`${64 * mib}\n`);
  });

  test('a connection that the host drops is reset, not ended', async () => {
    await using listener = await box().listen(0, (one) => one.destroy(), { signal });
    const seen = await client(
      box(),
      listener.port,
      'try:\n    print(client.recv(10))\nexcept ConnectionResetError:\n    print("reset")',
    );
    expect(seen.out).toBe('reset\n');
  });

  test('a client that dies ends its stream', async () => {
    const ends: Promise<unknown>[] = [];
    await using listener = await box().listen(
      0,
      (connection) => {
        connection.resume();
        ends.push(once(connection, 'end'));
        connection.write('hello');
      },
      { signal },
    );
    await client(box(), listener.port, 'import os\nclient.recv(5)\nos.kill(os.getpid(), 9)');
    await ends[0];
  });

  test('an error of whoever serves a connection is that connection’s alone', async () => {
    let first = true;
    await using listener = await box().listen(
      0,
      (connection) => {
        if (!first) {
          echo(connection);
          return;
        }
        first = false;
        throw new Error('a bug');
      },
      { signal },
    );
    const ask =
      'try:\n    client.sendall(b"x")\n    print(client.recv(1))\nexcept OSError:\n    print("reset")';
    expect((await client(box(), listener.port, ask)).out).toBe('reset\n');
    expect((await client(box(), listener.port, ask)).out).toBe("b'x'\n");
  });

  test('after disposal connections are refused and the open ones are gone', async () => {
    const listener = await box().listen(0, (one) => one.write('hello'), { signal });
    const script = `client.recv(5)\nopen("/tmp/greeted", "w").close()\ntry:\n    print(client.recv(1))\nexcept ConnectionResetError:\n    print("reset")`;
    const open = client(box(), listener.port, script);
    await eventually(box(), 'test -e /tmp/greeted');
    await listener[Symbol.asyncDispose]();
    expect((await open).out).toBe('reset\n');
    const late = await client(box(), listener.port, 'print("connected")');
    expect(late.err).toContain('ConnectionRefusedError');
    await using again = await box().listen(listener.port, echo, { signal });
    expect(again.port).toBe(listener.port);
  });

  test('a port that is taken is refused with its number', async () => {
    await using listener = await box().listen(0, echo, { signal });
    const second = box().listen(listener.port, echo, { signal });
    await expect(second).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining(String(listener.port)) as string,
    });
    expect((await client(box(), listener.port, 'print("open")')).out).toBe('open\n');
  });

  test('listening with an aborted signal rejects with its reason', async () => {
    const reason = new Error('no');
    const outcome = box().listen(0, echo, { signal: AbortSignal.abort(reason) });
    await expect(outcome).rejects.toBe(reason);
  });

  test('listening that is cancelled midway leaves no listener', async () => {
    const stop = new AbortController();
    const reason = new Error('midway');
    const outcome = box().listen(47_311, echo, { signal: stop.signal });
    stop.abort(reason);
    await expect(outcome).rejects.toBe(reason);
    expect((await client(box(), 47_311, 'print("connected")')).err).toContain('ConnectionRefused');
  });

  test('only the port that was opened is there: no other, no network, no host', async () => {
    await using listener = await box().listen(0, echo, { signal });
    const seen = await python(
      box(),
      `
import socket
def reaches(host, port):
    try:
        with socket.create_connection((host, port), timeout=2) as client:
            # A client may be given the very port that it connects to, and then meets itself.
            return client.getsockname() != client.getpeername()
    except OSError:
        return False
print(reaches("127.0.0.1", ${listener.port}))
print([port for port in range(1, 65536) if port != ${listener.port} and reaches("127.0.0.1", port)])
print([host for host in ("10.0.0.1", "172.17.0.1", "192.168.0.1", "1.1.1.1", "169.254.169.254") if reaches(host, 80)])`,
    );
    expect(seen).toMatchObject({ err: '', out: 'True\n[]\n[]\n' });
  });

  test('a command that is started while clients are connected does not inherit them', async () => {
    await using listener = await box().listen(0, (one) => one.write('hello'), { signal });
    const open = client(
      box(),
      listener.port,
      'client.recv(5)\nopen("/tmp/inherits", "w").close()\nprint(len(client.recv(5)))',
    );
    await eventually(box(), 'test -e /tmp/inherits');
    expect((await sh(box(), 'ls -l /proc/self/fd | grep -c socket; true')).out).toBe('0\n');
    await listener[Symbol.asyncDispose]();
    await open;
  });
}

/** What becomes of connections with their sandbox. */
export function connectionLifeContract(subject: ContractSubject, world: () => World): void {
  test('the death of the sandbox ends its streams with sandbox-lost', async () => {
    const box = await world().open();
    try {
      const made = new Promise<Duplex>((resolve) => {
        box
          .listen(47_312, resolve, { signal })
          .then(() =>
            python(box, 'import socket\nsocket.create_connection(("127.0.0.1", 47312)).recv(1)'),
          )
          .catch(() => undefined);
      });
      const connection = await made;
      const failed = once(connection, 'error');
      connection.resume();
      await subject.killFromOutside(box);
      const [error] = (await failed) as [unknown]; // an error event has one argument
      expect(error).toMatchObject({ code: 'sandbox-lost' });
      await expect(box.listen(0, echo, { signal })).rejects.toMatchObject({ code: 'sandbox-lost' });
    } finally {
      await box[Symbol.asyncDispose]();
    }
  });

  test('a listener outlives neither its sandbox nor fails for it', async () => {
    const box = await world().open();
    const listener = await box.listen(0, echo, { signal });
    await box[Symbol.asyncDispose]();
    await listener[Symbol.asyncDispose]();
  });
}
