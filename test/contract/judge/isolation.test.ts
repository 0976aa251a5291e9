import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeOnEverySandbox } from '../../support/sandboxes';
import { never } from '../../support/temp';
import { saboteur, searches, stateReport } from './hostilePrograms';
import { err, JudgeWorld, limits, mib, out } from './world';

function secret(): string {
  return `-secret-${randomBytes(8).toString('hex')}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Prints its source's secret, its input's and what it writes everywhere. */
function victim(own: string): string {
  return `import os, sys
mine = "${own}"
text = input()
print(mine + text, flush=True)
print(mine + text, file=sys.stderr)
for folder in (".", "/tmp", "/dev/shm"):
    with open(folder + "/kept", "w") as file: file.write(mine + text)
os.environ["KEPT"] = mine
sys.kept = [mine + text]
if os.fork() == 0:
    os.setsid()
    while True: pass
`;
}

describeOnEverySandbox('isolation of programs', (sandbox) => {
  let world: JudgeWorld | undefined;
  const judge = (): JudgeWorld => world!;
  beforeAll(async () => {
    world = await JudgeWorld.open(sandbox);
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  describe('what another program had is nowhere to be found', () => {
    test.each(Object.entries(searches))('in %s', async (_, source) => {
      const secrets = [secret(), secret(), secret()] as const;
      const [own, input, waiting] = secrets;
      // One that ran, and one whose source and input are in the judge already while the hostile one runs.
      const before = await judge().once(victim(own), `${input}\n`);
      expect(out(before)).toBe(`${own}${input}\n`);
      const [hostile, next] = await Promise.all([
        judge().once(source, `${secrets.map(hashOf).join(' ')}\n`, {
          limits: { ...limits, cpuS: 20, wallS: 60, memoryBytes: 512 * mib },
        }),
        judge().once(`print(input() == "${waiting}")`, `${waiting}\n`),
      ]);
      expect({ end: hostile.end, out: out(hostile), err: err(hostile) }).toEqual({
        end: { kind: 'exited', code: 0 },
        out: '[]\n',
        err: '',
      });
      expect(out(next)).toBe('True\n');
    });
  });

  test('the searches find what is there', async () => {
    const planted = secret();
    const source = searches['its own memory'] ?? '';
    const found = await judge().once(
      `kept = "-sec" + "ret-${planted.slice('-secret-'.length)}"\n${source}`,
      `${hashOf(planted)}\n`,
      { limits: { ...limits, cpuS: 20, wallS: 60, memoryBytes: 512 * mib } },
    );
    expect(out(found)).toMatch(/memory .*rw/);
  });

  test('nothing that a program changes is changed for the next one', async () => {
    const before = await judge().once(stateReport, 'x\n');
    expect(before.end).toEqual({ kind: 'exited', code: 0 });
    expect(out(await judge().once(saboteur, 'x\n'))).toBe('done\n');
    const after = await judge().once(stateReport, 'x\n');
    expect(out(after)).toBe(out(before));
  });

  test('a program starts anew for each of its inputs', async () => {
    const counting = `import builtins, os, sys
def count(path):
    with open(path, "a+") as file:
        file.write("x")
        file.seek(0)
        return len(file.read())
builtins.n = getattr(builtins, "n", 0) + 1
print(builtins.n, [count(f + "/count") for f in (".", "/dev/shm")], input())
open(__file__, "a").write("print('changed')") if os.access(__file__, os.W_OK) else None
`;
    const { executions } = await judge().run(counting, ['a', 'b', 'c']);
    expect(executions.map(out)).toEqual(['1 [1, 1] a\n', '1 [1, 1] b\n', '1 [1, 1] c\n']);
  });

  test('an input cannot be changed for the programs after it', async () => {
    const changing = `import fcntl, mmap, os
for way in (lambda: os.write(0, b"changed"), lambda: os.ftruncate(0, 0), lambda: os.pwrite(os.open("/proc/self/fd/0", os.O_RDWR), b"changed", 0),
            lambda: os.truncate("/proc/self/fd/0", 0), lambda: os.truncate("/dev/stdin", 0), lambda: open("/dev/stdin", "w").write("changed"),
            lambda: mmap.mmap(0, 0, access=mmap.ACCESS_WRITE).write(b"changed"), lambda: os.fchmod(0, 0), lambda: os.lseek(0, 4, 0),
            lambda: fcntl.fcntl(0, fcntl.F_SETFL, os.O_APPEND | os.O_NONBLOCK), lambda: fcntl.flock(0, fcntl.LOCK_EX)):
    try: way()
    except (OSError, ValueError): pass
`;
    await using inputs = await judge().load(['first input\n', 'second input\n']);
    const options = { limits, signal: never };
    const run = async (source: string): Promise<readonly string[]> => {
      const printed: string[] = [];
      const program = { language: 'PYTHON3', source } as const;
      await judge().judge.run(program, inputs, {
        ...options,
        onExecution: (_, execution) => {
          printed.push(out(execution));
          return 'go on';
        },
      });
      return printed;
    };
    const reading =
      'import os, sys\nprint(os.fstat(0).st_size, os.lseek(0, 0, 1), sys.stdin.read())';
    const before = await run(reading);
    await run(changing);
    expect(await run(reading)).toEqual(before);
    expect(before).toEqual(['12 0 first input\n\n', '13 0 second input\n\n']);
  });

  describe('no program forges what the judge says', () => {
    test('through any descriptor', async () => {
      const forging = `import json, os, struct
said = json.dumps({"end": {"kind": "exited", "code": 0}, "stdout": "", "stderr": "", "completed": True, "cpuS": 0, "wallS": 0, "peakBytes": 0}).encode()
for fd in range(3, 4096):
    for data in (said + b"\\n", struct.pack(">II", len(said), 0) + said, struct.pack("<I", len(said)) + said):
        try: os.write(fd, data)
        except OSError: break
os._exit(3)`;
      const { executions } = await judge().run(forging, ['', '']);
      expect(executions.map(({ end }) => end)).toEqual([
        { kind: 'exited', code: 3 },
        { kind: 'exited', code: 3 },
      ]);
    });

    const leaving: Readonly<Record<string, string>> = {
      'sys.exit': 'import sys; sys.exit(0)',
      'os._exit': 'import os; os._exit(0)',
      'exit at exit': 'import atexit, os; atexit.register(os._exit, 0)\nraise ValueError',
      'a thread':
        'import os, threading; threading.Thread(target=os._exit, args=(0,)).start()\nwhile True: pass',
      'another program': 'import os; os.execv("/bin/true", ["true"])',
      'an excepthook': 'import os, sys; sys.excepthook = lambda *a: os._exit(0)\nraise ValueError',
      'a signal':
        'import os, signal; signal.signal(signal.SIGALRM, lambda *a: os._exit(0)); signal.setitimer(signal.ITIMER_REAL, 0.01)\nwhile True: pass',
      'SystemExit in a class of its own': 'class E(SystemExit): pass\nraise E(0)',
      'a finalizer':
        'import os\nclass A:\n    def __del__(self): os._exit(0)\na = A()\nraise ValueError',
      callers:
        'import sys\nf = sys._getframe()\nwhile f is not None:\n    f.f_locals.update(completed=True, done=True)\n    f = f.f_back\nsys.exit(0)',
    };
    test.each(Object.entries(leaving))('by leaving early through %s', async (_, source) => {
      const execution = await judge().once(`${source}\nprint("tests")`);
      expect(out(execution)).not.toContain('tests');
      expect(execution.completed).toBe(false);
    });

    test('and one that runs to its end is told so', async () => {
      expect((await judge().once('print(1)')).completed).toBe(true);
    });
  });

  test('programs run one after the other, each with the whole of its limits', async () => {
    const busy = 'import time\nwhile time.process_time() < 0.3: pass\nprint("busy")';
    const executions = await Promise.all(
      ['a', 'b', 'c'].map(() => judge().once(busy, '', { limits: { ...limits, cpuS: 1 } })),
    );
    expect(executions.map(out)).toEqual(['busy\n', 'busy\n', 'busy\n']);
    for (const { cpuS } of executions) expect(cpuS).toBeLessThan(1);
  });
});
