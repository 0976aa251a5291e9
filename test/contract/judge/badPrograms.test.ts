import { afterAll, beforeAll, expect, test } from 'vitest';
import type {
  Execution,
  ExecutionEnd,
  JudgeLimits,
} from '../../../src/runner/benchmarks/contests/judge/judge';
import { describeOnEverySandbox } from '../../support/sandboxes';
import { err, JudgeWorld, limits, mib, out } from './world';

interface BadProgram {
  readonly name: string;
  readonly source: string;
  readonly input?: string | Uint8Array;
  readonly limits?: Partial<JudgeLimits>;
  /** `not compiled`: nothing was run, and `says` is of the message. */
  readonly end: ExecutionEnd | 'not compiled';
  /** What it printed; not compared where it is left out. */
  readonly prints?: string;
  /** What its stderr holds. */
  readonly says?: RegExp;
}

const exited = (code: number): ExecutionEnd => ({ kind: 'exited', code });
const signalled = (signal: string): ExecutionEnd => ({ kind: 'signalled', signal });
const cpu = { kind: 'cpu_limit' } as const;
const wall = { kind: 'wall_limit' } as const;
const memory = { kind: 'memory_limit' } as const;
const output = { kind: 'output_limit' } as const;

/** Sleeps in a child that has left session, group and parent. */
const daemon = `import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in range(3): os.close(fd)
        time.sleep(3600)
    os._exit(0)
os.wait()
print("left")`;

const badPrograms: readonly BadProgram[] = [
  {
    name: 'reads no stdin',
    source: 'print(1)',
    input: 'x'.repeat(mib),
    end: exited(0),
    prints: '1\n',
  },
  {
    name: 'a stdin of 100 MB',
    source: 'import sys\nprint(sum(len(l) for l in sys.stdin.buffer))',
    input: Buffer.alloc(100_000_000, `${'a'.repeat(99)}\n`),
    end: exited(0),
    prints: '100000000\n',
  },
  {
    name: 'prints 1 GB',
    source: 'import sys\nfor _ in range(1024): sys.stdout.write("x" * (1 << 20))',
    end: output,
  },
  {
    name: 'prints 1 GB in one call',
    source: 'import os\nos.write(1, b"x" * (1 << 27))',
    end: output,
    limits: { memoryBytes: 1024 * mib },
  },
  {
    name: 'prints 1 GB from a child',
    source: 'import subprocess\nsubprocess.run(["yes"])',
    end: output,
  },
  {
    name: 'prints 1 GB to stderr',
    source: 'import sys\nfor _ in range(1024): sys.stderr.write("x" * (1 << 20))\nprint("done")',
    end: output,
  },
  {
    name: 'a long stderr, of which the end is kept',
    source: 'import sys\nsys.stderr.write("x" * 1000000 + "end")\nprint("done")',
    end: exited(0),
    prints: 'done\n',
    says: /^x+end$/,
  },
  {
    name: 'a fork bomb',
    source: 'import os\nwhile True:\n    try: os.fork()\n    except OSError: pass',
    end: wall,
    // All that its processes use together is counted, so that on fast machines the other limit would be first.
    limits: { cpuS: 60, wallS: 3 },
  },
  {
    name: 'a fork bomb that waits',
    source:
      'import os, time\nwhile True:\n    try:\n        if os.fork() == 0: time.sleep(3600)\n    except OSError: time.sleep(0.01)',
    end: wall,
    limits: { wallS: 1 },
  },
  {
    name: 'threads without end',
    source:
      'import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(3600,)).start()',
    end: wall,
    limits: { wallS: 3 },
  },
  {
    name: 'sleeps',
    source: 'import time\nprint("a", flush=True)\ntime.sleep(3600)',
    end: wall,
    limits: { wallS: 1 },
    prints: 'a\n',
  },
  {
    name: 'sleeps with every signal ignored',
    source:
      'import signal, time\nfor s in signal.valid_signals():\n    try: signal.signal(s, signal.SIG_IGN)\n    except OSError: pass\ntime.sleep(3600)',
    end: wall,
    limits: { wallS: 1 },
  },
  {
    name: 'runs with SIGXCPU ignored',
    source: 'import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass',
    end: cpu,
    limits: { cpuS: 1 },
  },
  {
    name: 'stops itself',
    source: 'import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)',
    end: wall,
    limits: { wallS: 1 },
  },
  { name: 'runs for ever', source: 'while True: pass', end: cpu, limits: { cpuS: 1 } },
  { name: 'runs for ever in C', source: '10 ** 10 ** 10', end: cpu, limits: { cpuS: 1 } },
  {
    name: 'runs for ever in a child',
    source: 'import os\nif os.fork() == 0:\n    while True: pass\nos.wait()',
    end: cpu,
    limits: { cpuS: 0.5, wallS: 10 },
  },
  {
    name: 'takes its time in a row of children',
    source:
      'import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n        while time.process_time() < 0.2: pass\n        os._exit(0)\n    os.wait()',
    end: cpu,
    limits: { cpuS: 0.5, wallS: 60 },
  },
  {
    name: 'closes its descriptors',
    source: 'import os\nprint("a", flush=True)\nos.closerange(0, 4096)',
    end: exited(0),
    prints: 'a\n',
  },
  {
    name: 'kills its parent',
    source:
      'import os, signal\ntry: os.kill(os.getppid(), signal.SIGKILL)\nexcept OSError as e: print(type(e).__name__)',
    end: exited(0),
  },
  {
    name: 'kills its group',
    source: 'import os, signal\nprint("a", flush=True)\nos.killpg(0, signal.SIGKILL)',
    end: signalled('SIGKILL'),
    prints: 'a\n',
  },
  {
    name: 'kills all that it may',
    source:
      'import os, signal\nprint("a", flush=True)\ntry: os.kill(-1, signal.SIGKILL)\nexcept OSError as e: print(type(e).__name__)',
    end: exited(0),
  },
  {
    name: 'stops all that it may',
    source:
      'import os, signal\ntry: os.kill(-1, signal.SIGSTOP)\nexcept OSError: pass\nprint("on")',
    end: exited(0),
  },
  {
    name: 'a segmentation fault',
    source: 'import ctypes\nprint("a", flush=True)\nctypes.string_at(0)',
    end: signalled('SIGSEGV'),
    prints: 'a\n',
  },
  {
    name: 'dies of SIGKILL by its own hand',
    source: 'import os\nos.kill(os.getpid(), 9)',
    end: signalled('SIGKILL'),
  },
  {
    name: 'recurses for ever',
    source: 'def f(): f()\nf()',
    end: exited(1),
    says: /RecursionError/,
  },
  {
    name: 'recurses for ever on the C stack',
    source: 'import sys\nsys.setrecursionlimit(1 << 30)\ndef f(x): return max([x], key=f)\nf(0)',
    end: signalled('SIGSEGV'),
    limits: { memoryBytes: 2048 * mib, cpuS: 20, wallS: 40 },
  },
  {
    name: 'NUL and invalid UTF-8',
    source: 'import os\nos.write(1, b"\\0\\xff\\xfe\\0\\n")',
    end: exited(0),
  },
  {
    name: 'a missing import',
    source: 'import there_is_no_such_module',
    end: exited(1),
    says: /ModuleNotFoundError/,
  },
  {
    name: 'one large block of memory',
    source: 'x = bytearray(1 << 30)\nprint(len(x))',
    end: memory,
  },
  {
    name: 'many small blocks',
    source: 'x = []\nwhile True: x.append(str(len(x)) * 50)',
    end: memory,
  },
  {
    name: 'memory whose error it hides',
    source:
      'x = []\ntry:\n    while True: x.append(bytearray(1 << 20))\nexcept MemoryError: x = None\nprint("all is well")',
    end: memory,
    prints: 'all is well\n',
  },
  {
    name: 'memory in a child',
    source:
      'import os\nif os.fork() == 0:\n    x = []\n    while True: x.append(bytearray(1 << 20))\nos._exit(os.waitstatus_to_exitcode(os.wait()[1]) & 255)',
    end: memory,
  },
  { name: 'a daemon that outlives it', source: daemon, end: exited(0), prints: 'left\n' },
  {
    name: 'a child that holds stdout',
    source: 'import os, time\nif os.fork() == 0: time.sleep(3600)\nprint("parent")',
    end: exited(0),
    prints: 'parent\n',
  },
  {
    name: 'a child that prints after its end',
    source:
      'import os, time\nif os.fork() == 0:\n    while True: os.write(1, b"late\\n")\nos._exit(0)',
    end: exited(0),
  },
  {
    name: 'writes files everywhere',
    source:
      'import os\nok = []\nfor p in ("/", "/etc", "/usr", "/root", "/var/tmp", "/home", "/workspace", "/proc/1", "/sys", "/dev", "/run", "/opt", "/etc/passwd"):\n    try: open(p if p.endswith("passwd") else p + "/x", "w").write("x"); ok.append(p)\n    except OSError: pass\nprint(ok)',
    end: exited(0),
    prints: '[]\n',
  },
  {
    name: 'fills /tmp',
    source:
      'import os\nn = 0\ntry:\n    while True:\n        open("/tmp/fill%d" % n, "wb").write(b"x" * (1 << 20)); n += 1\nexcept OSError as e: print(type(e).__name__)',
    end: exited(0),
    limits: { cpuS: 10 },
    prints: 'OSError\n',
  },
  {
    name: 'uses up the inodes of /tmp',
    source:
      'n = 0\ntry:\n    while True: open("/tmp/i%d" % n, "wb").close(); n += 1\nexcept OSError as e: print(type(e).__name__)',
    end: exited(0),
    limits: { cpuS: 10, wallS: 30 },
    prints: 'OSError\n',
  },
  {
    name: 'a file in a folder that nobody enters',
    source:
      'import os\nos.makedirs("a/b")\nopen("a/b/c", "w").write("x")\nos.chmod("a/b", 0)\nos.chmod("a", 0)',
    end: exited(0),
  },
  {
    name: 'names that are in the way of who removes them',
    source:
      'import os\nfor n in range(20):\n    os.makedirs(".benchyard-%d/x/y" % n)\n    os.symlink("/etc", ".benchyard-%d/l" % n)\nos.makedirs("-rf/a\\nb")\nos.mkfifo("-rf/fifo")\nos.mkdir(os.fsdecode(b"\\xff\\xfe"), 0)\nprint("left")',
    end: exited(0),
    prints: 'left\n',
  },
  {
    name: 'folders in folders',
    source: 'import os\nfor _ in range(2000):\n    os.mkdir("d"); os.chdir("d")\nprint("deep")',
    end: exited(0),
    prints: 'deep\n',
  },
  {
    name: 'an exception in a thread',
    source: 'import threading\nthreading.Thread(target=lambda: 1 / 0).start()',
    end: exited(0),
    says: /ZeroDivisionError/,
  },
  { name: 'the empty candidate', source: '', end: exited(0), prints: '' },
  { name: 'a syntax error', source: 'if True print(1)', end: 'not compiled', says: /SyntaxError/ },
  { name: 'NUL in the source', source: 'print(1)\0', end: 'not compiled', says: /null bytes/ },
  { name: 'a source of latin-1', source: '# coding: latin-1\nprint("\u00e9")', end: exited(0) },
  {
    name: 'an unknown encoding',
    source: '# coding: klingon\nprint(1)',
    end: 'not compiled',
    says: /SyntaxError|unknown encoding/,
  },
  {
    name: 'a byte order mark and CRLF',
    source: '\ufeffif 1:\r\n    print(1)\r\n',
    end: exited(0),
    prints: '1\n',
  },
  {
    name: 'a very long line',
    source: `x = "${'y'.repeat(2_000_000)}"\nprint(len(x))`,
    end: exited(0),
    prints: '2000000\n',
  },
  {
    name: 'too deeply nested',
    source: '('.repeat(5000),
    end: 'not compiled',
    says: /SyntaxError|MemoryError/,
  },
  { name: 'a lone surrogate in the source', source: 'print("\ud800")', end: exited(0) },
  {
    name: 'frames on stdout',
    source:
      'import os, struct\nos.write(1, struct.pack(">II", 2, 0) + b"{}" + b\'{"end":{"kind":"exited","code":0}}\\n\')\nos._exit(7)',
    end: exited(7),
  },
  { name: 'a debugger', source: 'breakpoint()', end: exited(1) },
  {
    name: 'a coverage of its parent by vfork and exec',
    source:
      'import os\nos.execv("/bin/sh", ["sh", "-c", "echo $$ > /dev/null; echo shell; exit 4"])',
    end: exited(4),
    prints: 'shell\n',
  },
];

describeOnEverySandbox('bad programs', (sandbox) => {
  let world: JudgeWorld | undefined;
  const judge = (): JudgeWorld => world!;
  beforeAll(async () => {
    world = await JudgeWorld.open(sandbox);
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  /** The next program finds what every program finds, in a clean place. */
  async function expectUnharmed(): Promise<void> {
    const next = await judge().once(
      `import os
open("/tmp/room", "wb").write(b"x" * (1 << 22))
os.remove("/tmp/room")
seen = [p for p in os.listdir("/proc") if p.isdigit()]
mine = [p for p in seen if os.stat("/proc/" + p).st_uid == os.getuid()]
print(input(), len(mine), os.listdir("."), os.getpid() > 1)`,
      'next\n',
    );
    expect({ end: next.end, out: out(next), err: err(next) }).toEqual({
      end: exited(0),
      out: expect.stringMatching(/^next 1 \[('main\.py')?\] True\n$/) as string, // vitest's matcher has no type
      err: '',
    });
  }

  test.each(badPrograms.map((program) => [program.name, program] as const))(
    '%s',
    async (_, { source, input = '', limits: own, end, prints, says }) => {
      const options = { limits: { ...limits, ...own } };
      if (end === 'not compiled') {
        const { outcome, executions } = await judge().run(source, [input], options);
        expect(outcome.kind).toBe('not_compiled');
        expect(outcome.kind === 'not_compiled' ? outcome.message : '').toMatch(says ?? /./);
        expect(executions).toEqual([]);
        await expectUnharmed();
        return;
      }
      const execution: Execution = await judge().once(source, input, options);
      expect({ end: execution.end, err: end.kind === 'exited' ? '' : err(execution) }).toEqual({
        end,
        err: expect.any(String) as string, // shown when the end is another one
      });
      if (prints !== undefined) expect(out(execution)).toBe(prints);
      if (says !== undefined) expect(err(execution)).toMatch(says);
      expect(execution.stdout.length).toBeLessThanOrEqual(limits.outputBytes);
      expect(execution.stderr.length).toBeLessThanOrEqual(64 * 1024);
      await expectUnharmed();
    },
  );
});
