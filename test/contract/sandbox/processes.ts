import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import type { Sandbox, SandboxProcess } from '../../../src/runner/sandbox/sandbox';
import { never } from '../../support/temp';
import type { ContractSubject, World } from './setup';
import { eventually, living, mib, sha256, sh, text } from './setup';

function startPython(
  box: Sandbox,
  program: string,
  signal: AbortSignal = never,
): Promise<SandboxProcess> {
  return box.start(['python3', '-u', '-c', program], { signal });
}

async function readAll(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer); // no encoding was set
  return Buffer.concat(chunks);
}

/** What `start` promises. */
export function processContract(box: () => Sandbox): void {
  test('a program that was started is talked to line by line, and ends with its stdin', async () => {
    await using program = await startPython(
      box(),
      'import sys\nfor line in sys.stdin: print(line.strip()[::-1])\nsys.stderr.write("bye")\nsys.exit(7)',
    );
    const lines = createInterface({ input: program.stdio })[Symbol.asyncIterator]();
    program.stdio.write('abc\n');
    expect(await lines.next()).toMatchObject({ value: 'cba' });
    program.stdio.write('äöü\n');
    expect(await lines.next()).toMatchObject({ value: 'üöä' });
    program.stdio.end();
    const ended = await program.ended;
    expect(ended).toMatchObject({ cause: 'exited', exitCode: 7 });
    expect(text(ended.stderr)).toBe('bye');
    expect((await lines.next()).done).toBe(true);
  });

  test('30 MiB go through a program unchanged, both ways at the same time', async () => {
    await using program = await startPython(
      box(),
      'import os\nwhile True:\n  data = os.read(0, 65536)\n  if not data: break\n  while data: data = data[os.write(1, data):]',
    );
    const data = Buffer.alloc(30 * mib, 'every byte of it ');
    const received = readAll(program.stdio);
    program.stdio.end(data);
    expect(sha256(await received)).toBe(sha256(data));
    expect(await program.ended).toMatchObject({ cause: 'exited', exitCode: 0 });
  });

  test('a program whose output nobody reads waits, and commands beside it do not', async () => {
    await using program = await startPython(
      box(),
      `
import os
for count in range(1, 513):
    os.write(1, b"x" * 65536)
    os.pwrite(os.open("written", os.O_CREAT | os.O_WRONLY), b"%06d" % count, 0)`,
    );
    await eventually(box(), '[ -s written ] && [ "$(cat written)" -ge 16 ]');
    for (let n = 0; n < 20; n += 1) await sh(box(), 'true');
    const { out } = await sh(box(), 'cat written');
    expect(Number(out)).toBeLessThan(64); // of 512: its window and what pipes hold
    expect((await readAll(program.stdio)).length).toBe(32 * mib);
    expect(await program.ended).toMatchObject({ cause: 'exited', exitCode: 0 });
  });

  test('of stderr the end is kept', async () => {
    await using program = await startPython(
      box(),
      'import sys\nsys.stderr.write("x" * 3000000 + "the end")',
    );
    const { stderr } = await program.ended;
    expect(stderr.length).toBe(64 * 1024);
    expect(text(stderr).endsWith('xthe end')).toBe(true);
  });

  test('disposing of it kills its tree, children with a session of their own too', async () => {
    const program = await startPython(
      box(),
      `
import os, subprocess, time
child = subprocess.Popen(["sleep", "600"], start_new_session=True)
with open("tree.part", "w") as file: file.write("%d\\n%d\\n" % (os.getpid(), child.pid))
os.rename("tree.part", "tree")
time.sleep(600)`,
    );
    await eventually(box(), '[ -e tree ]');
    await program[Symbol.asyncDispose]();
    expect(await living(box(), 'tree')).toEqual([]);
    expect(await program.ended).toMatchObject({ cause: 'signalled', signal: 'SIGKILL' });
    expect(program.stdio.destroyed).toBe(true);
  });

  test('a cancel ends it at any time, with its own reason', async () => {
    const controller = new AbortController();
    await using program = await startPython(
      box(),
      'import os, time\nopen("mine", "w").write(str(os.getpid()))\nprint()\ntime.sleep(600)',
      controller.signal,
    );
    await once(program.stdio, 'readable');
    controller.abort(new Error('enough'));
    await expect(program.ended).rejects.toThrow('enough');
    expect(await living(box(), 'mine')).toEqual([]);
  });

  test('a program that does not exist ends as a command does', async () => {
    await using program = await box().start(['no-such-program'], { signal: never });
    expect(await program.ended).toMatchObject({ cause: 'exited', exitCode: 127 });
    expect((await readAll(program.stdio)).length).toBe(0);
  });
}

/** What becomes of a program when its sandbox is gone. */
export function processLifeContract(subject: ContractSubject, world: () => World): void {
  test('the end of the sandbox is the end of a program, and said so', async () => {
    await using box = await world().open();
    const program = await startPython(box, 'print("here")\nwhile True: input()');
    await once(program.stdio, 'readable');
    const closed = new Promise((resolve) => program.stdio.once('close', resolve));
    await subject.killFromOutside(box);
    await expect(program.ended).rejects.toMatchObject({ code: 'sandbox-lost' });
    await closed;
    await expect(box.start(['true'], { signal: never })).rejects.toMatchObject({
      code: 'sandbox-lost',
    });
    await program[Symbol.asyncDispose]();
  });
}
