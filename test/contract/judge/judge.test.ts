import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEverySandbox } from '../../support/sandboxes';
import { never } from '../../support/temp';
import type { Execution } from '../../../src/runner/benchmarks/contests/judge/judge';
import { judgeOf } from '../../../src/runner/benchmarks/contests/judge/openJudge';
import { err, JudgeWorld, limits, mib, out } from './world';

const fine = { kind: 'exited', code: 0 };

/** The promises of `Judge`, on every sandbox. */
describeOnEverySandbox('judge', (sandbox) => {
  let world: JudgeWorld | undefined;
  const judge = (): JudgeWorld => world!;
  beforeAll(async () => {
    world = await JudgeWorld.open(sandbox);
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  test('runs a program on each input, in order', async () => {
    const { outcome, executions } = await judge().run('print(int(input()) * 2)', ['1', '21', '-4']);
    expect(outcome).toEqual({ kind: 'ran' });
    expect(executions.map(out)).toEqual(['2\n', '42\n', '-8\n']);
    expect(executions.map(({ end }) => end)).toEqual([fine, fine, fine]);
  });

  test('an exception ends it with 1 and its traceback, which shows the line', async () => {
    const execution = await judge().once('print("a")\n1 / 0');
    expect(execution.end).toEqual({ kind: 'exited', code: 1 });
    expect(out(execution)).toBe('a\n');
    expect(err(execution)).toMatch(
      /^Traceback [^\n]*\n {2}File "[^\n]*main.py", line 2, in <module>\n {4}1 \/ 0\n.*ZeroDivisionError: division by zero\n$/s,
    );
  });

  test('each limit has an end of its own', async () => {
    const cpu = await judge().once('while True: pass', '', { limits: { ...limits, cpuS: 0.3 } });
    expect(cpu.end).toEqual({ kind: 'cpu_limit' });
    const wall = await judge().once('import time; print("on", flush=True); time.sleep(60)', '', {
      limits: { ...limits, wallS: 0.3 },
    });
    expect(wall.end).toEqual({ kind: 'wall_limit' });
    expect(out(wall)).toBe('on\n');
    const output = await judge().once('while True: print("x" * 1000)');
    expect(output.end).toEqual({ kind: 'output_limit' });
    expect(output.stdout.length).toBe(limits.outputBytes);
    const memory = await judge().once(`x = bytearray(${String(300 * mib)})`);
    expect(memory.end).toEqual({ kind: 'memory_limit' });
    const refused = await judge().once(`x = bytearray(${String(8000 * mib)})`);
    expect(refused.end).toEqual({ kind: 'memory_limit' });
  });

  test('a limit that one input reaches is not the next one’s', async () => {
    const { executions } = await judge().run(
      'import time\nn = int(input())\nif n == 1: time.sleep(60)\nif n == 2: x = bytearray(120 << 20)\nprint(n)',
      ['0', '1', '2', '3'],
      { limits: { ...limits, memoryBytes: 64 * mib, wallS: 3 } },
    );
    expect(executions.map(({ end }) => end.kind)).toEqual([
      'exited',
      'wall_limit',
      'memory_limit',
      'exited',
    ]);
    expect(executions.map(out)).toEqual(['0\n', '', '2\n', '3\n']);
  });

  test('a signal is told by its name', async () => {
    const execution = await judge().once('import os\nos.kill(os.getpid(), 11)');
    expect(execution.end).toEqual({ kind: 'signalled', signal: 'SIGSEGV' });
  });

  test('what does not compile is not run', async () => {
    // Of several inputs some are on their way when the program ends, which must not hide what its compiler said.
    const several = Array.from({ length: 20 }, (_, n) => [String(n), '2', '3']);
    for (const inputs of [['1'], ...several]) {
      const { outcome, executions } = await judge().run('print(1)\nif True print(2)', inputs);
      expect(executions).toEqual([]);
      expect(outcome.kind).toBe('not_compiled');
      expect(outcome.kind === 'not_compiled' ? outcome.message : '').toMatch(
        /line 2.*SyntaxError: /s,
      );
    }
  });

  test('a program completed only when it ran to its end', async () => {
    const sources = {
      'print(1)': true,
      'import sys\nsys.exit(0)': false,
      'raise SystemExit': false,
      'import os\nos._exit(0)': false,
      'exit()': false,
      '1 / 0': false,
      'import atexit, os\natexit.register(os._exit, 0)': true,
    };
    for (const [source, completed] of Object.entries(sources)) {
      expect((await judge().once(source)).completed, source).toBe(completed);
      const { executions } = await judge().run(source, ['', '']);
      expect(executions.map((each) => each.completed)).toEqual([completed, completed]);
    }
  });

  test('time and memory are the program’s own', async () => {
    const idle = await judge().once('import time; time.sleep(0.2)');
    expect(idle.wallS).toBeGreaterThan(0.2);
    expect(idle.cpuS).toBeLessThan(0.15);
    const large = await judge().once(`x = b"x" * ${String(100 * mib)}`);
    expect(large.end).toEqual(fine);
    expect(large.peakBytes).toBeGreaterThan(100 * mib);
    expect(large.peakBytes).toBeLessThan(180 * mib);
    const busy = await judge().once(
      'import os, time\npid = os.fork()\nif pid == 0:\n  while time.process_time() < 0.3: pass\nelse: os.wait()',
    );
    expect(busy.cpuS).toBeGreaterThan(0.29);
  });

  test('any bytes come through, large ones too', async () => {
    const data = Buffer.alloc(3 * mib, Buffer.from([0, 255, 10, 13, 128]));
    const { executions } = await judge().run(
      'import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())',
      [data, Buffer.from([0]), Buffer.alloc(0)],
    );
    expect(executions.map(({ stdout }) => stdout.length)).toEqual([data.length, 1, 0]);
    expect(data.equals(executions[0]?.stdout ?? new Uint8Array())).toBe(true);
  });

  test('of stderr the end is kept', async () => {
    const execution = await judge().once('import sys\nsys.stderr.write("x" * 100000 + "the end")');
    expect(execution.end).toEqual(fine);
    expect(err(execution).length).toBe(8192);
    expect(err(execution).endsWith('xthe end')).toBe(true);
  });

  test('files stand for stdin and stdout, one input after the other', async () => {
    const files = { input: 'task.in', output: 'task.out' };
    const { executions } = await judge().run(
      'n = int(open("task.in").read())\nif n != 2: open("task.out", "w").write(str(n * n))\nprint("said")',
      ['1', '2', '3'],
      { files },
    );
    const made = executions.map(
      ({ outputFile }) => outputFile && Buffer.from(outputFile).toString('utf8'),
    );
    expect(made).toEqual(['1', null, '9']);
    expect(executions.map(out)).toEqual(['said\n', 'said\n', 'said\n']);
    const link = 'import os\nos.symlink("/etc/passwd", "task.out")';
    expect((await judge().once(link, '1', { files })).outputFile).toBeNull();
    const pipe = await judge().once('import os\nos.mkfifo("task.out")', '1', { files });
    expect(pipe.outputFile).toBeNull();
  });

  test('stop leaves out what comes after', async () => {
    await using set = await judge().load(['1', '2', '3', '4', '5', '6']);
    const told: number[] = [];
    const source = 'print(input())';
    const outcome = await judge().judge.run({ language: 'PYTHON3', source }, set, {
      limits,
      onExecution: (index) => {
        told.push(index);
        return index === 1 ? 'stop' : 'go on';
      },
      signal: never,
    });
    expect(outcome).toEqual({ kind: 'ran' });
    expect(told).toEqual([0, 1]);
  });

  test('programs that are asked for at once all run, each on its own inputs', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const { executions } = await judge().run(`print(${String(n)}, input())`, ['a', 'b']);
        return executions.map(out);
      }),
    );
    expect(answers).toEqual(
      Array.from({ length: 60 }, (_, n) => [`${String(n)} a\n`, `${String(n)} b\n`]),
    );
  });

  test('a cancel ends a program at once; those beside it and after it run', async () => {
    const controller = new AbortController();
    await using set = await judge().load(['', '']);
    const endless = {
      language: 'PYTHON3',
      source: 'print("on", flush=True)\nwhile True: pass',
    } as const;
    const options = { limits: { ...limits, cpuS: 600, wallS: 600 }, signal: controller.signal };
    const onExecution = (): 'go on' => 'go on';
    const running = judge().judge.run(endless, set, { ...options, onExecution });
    const waiting = judge().judge.run(endless, set, { ...options, onExecution });
    const after = judge().once('print("after")');
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await expect(waiting).rejects.toThrow('enough');
    expect(out(await after)).toBe('after\n');
  });

  test('an error of whoever listens is theirs, and the judge goes on', async () => {
    const failing = judge().run('print(1)', ['', '', ''], {
      onExecution: () => {
        throw new Error('theirs');
      },
    });
    await expect(failing).rejects.toThrow('theirs');
    expect(out(await judge().once('print(2)'))).toBe('2\n');
  });

  test('the same sandbox has one judge', async () => {
    const options = { signal: never };
    const [one, two] = await Promise.all([
      judgeOf(judge().sandbox, options),
      judgeOf(judge().sandbox, options),
    ]);
    expect(one).toBe(two);
    await one[Symbol.asyncDispose]();
  });
});

/** What is gone can be had again, or is said to be gone. */
describeOnEverySandbox('a judge that ends', (sandbox) => {
  const kill = (world: JudgeWorld, pattern: string): Promise<unknown> => {
    const script = `import os
for entry in os.listdir('/proc'):
    if entry.isdigit() and int(entry) not in (1, os.getpid()):
        with open('/proc/%s/cmdline' % entry) as file:
            words = file.read().split('\\0')
        if words[:1] == ['python3'] and words[1] == ${JSON.stringify(pattern)}: os.kill(int(entry), 9)`;
    return world.sandbox.exec(['python3', '-c', script], { timeoutMs: 10_000, signal: never });
  };

  test('is started again, and what was under way is run again', async () => {
    await using world = await JudgeWorld.open(sandbox);
    await using set = await world.load(['1', '2', '3']);
    const told: Execution[] = [];
    const killing: Promise<unknown>[] = [];
    const source = 'import time\nn = int(input())\ntime.sleep(0.3)\nprint(n)';
    const outcome = await world.judge.run({ language: 'PYTHON3', source }, set, {
      limits,
      onExecution: (index, execution) => {
        told.push(execution);
        if (index === 0) killing.push(kill(world, '-ISE'));
        return 'go on';
      },
      signal: never,
    });
    await Promise.all(killing);
    expect(outcome).toEqual({ kind: 'ran' });
    expect(told.map(out)).toEqual(['1\n', '2\n', '3\n']);
  });

  test('goes with its sandbox, and says so', async () => {
    await using world = await JudgeWorld.open(sandbox);
    const running = world.run('while True: pass', ['', ''], {
      limits: { ...limits, cpuS: 600, wallS: 600 },
    });
    const refused = expect(running).rejects.toMatchObject({ code: 'sandbox-lost' });
    await world.sandbox[Symbol.asyncDispose]();
    await refused;
    await expect(world.load([''])).rejects.toMatchObject({ code: 'sandbox-lost' });
  });
});
