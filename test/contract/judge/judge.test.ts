import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEverySandbox } from '../../support/sandboxes';
import { err, JudgeWorld, limits, mib, out } from './world';

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
    expect(executions.map(({ end }) => end)).toEqual(
      executions.map(() => ({ kind: 'exited', code: 0 })),
    );
  });

  test('an exception ends it with 1 and its traceback', async () => {
    const execution = await judge().once('print("a")\n1 / 0');
    expect(execution.end).toEqual({ kind: 'exited', code: 1 });
    expect(out(execution)).toBe('a\n');
    expect(err(execution)).toMatch(/^Traceback .*\nZeroDivisionError: division by zero\n$/s);
  });

  test('each limit has an end of its own', async () => {
    const cpu = await judge().once('while True: pass', '', { limits: { ...limits, cpuS: 0.3 } });
    expect(cpu.end).toEqual({ kind: 'cpu_limit' });
    const wall = await judge().once('import time; time.sleep(60)', '', {
      limits: { ...limits, wallS: 0.3 },
    });
    expect(wall.end).toEqual({ kind: 'wall_limit' });
    const output = await judge().once('while True: print("x" * 1000)');
    expect(output.end).toEqual({ kind: 'output_limit' });
    expect(output.stdout.length).toBe(limits.outputBytes);
    const memory = await judge().once(`x = bytearray(${String(300 * mib)})`);
    expect(memory.end).toEqual({ kind: 'memory_limit' });
  });
});
