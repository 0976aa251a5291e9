import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeOnEverySandbox } from '../../support/sandboxes';
import { never } from '../../support/temp';
import { judgeEnvironment } from '../../../src/runner/benchmarks/contests/judge/judgeEnvironment';
import type { JudgeLimits } from '../../../src/runner/benchmarks/contests/judge/judge';
import { JudgeWorld, limits as usual, mib, out } from './world';

const limits: JudgeLimits = { ...usual, memoryBytes: 256 * mib, cpuS: 5, wallS: 20 };
const exited = (code: number): unknown => ({ kind: 'exited', code });

test('only what is compiled needs the environment with compilers', () => {
  expect(judgeEnvironment(['PYTHON3']).source).toBeNull();
  expect(judgeEnvironment([]).source).toBeNull();
  expect(judgeEnvironment(['PYTHON3', 'CPP']).source).not.toBeNull();
  expect(judgeEnvironment(['JAVA']).source).toEqual(judgeEnvironment(['CPP']).source);
});

describeOnEverySandbox('programs that are compiled', (sandbox) => {
  let world: JudgeWorld | undefined;
  const judge = (): JudgeWorld => world!;
  beforeAll(async () => {
    world = await JudgeWorld.open(sandbox, judgeEnvironment(['CPP', 'JAVA']).source);
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  describe('C++', () => {
    const options = { language: 'CPP', limits } as const;

    test('is compiled once and run on every input', async () => {
      const source =
        '#include <bits/stdc++.h>\nint main() { std::string s; while (std::getline(std::cin, s)) std::cout << s.size() << "\\n"; return 0; }';
      const { outcome, executions } = await judge().run(source, ['a\nbc\n', '', 'x'], options);
      expect(outcome).toEqual({ kind: 'ran' });
      expect(executions.map(out)).toEqual(['1\n2\n', '', '1\n']);
      expect(executions.map(({ end }) => end)).toEqual([exited(0), exited(0), exited(0)]);
      expect(executions.map(({ completed }) => completed)).toEqual([null, null, null]);
    });

    test('speaks C++17 with GNU words, and is told that a judge compiles it', async () => {
      const source = `#include <bits/stdc++.h>
int main() {
  auto [a, b] = std::pair{1, 2};
  __int128 wide = a;
  typeof(b) c = b;
#ifdef ONLINE_JUDGE
  std::printf("%d %d\\n", (int) wide, c);
#endif
}`;
      expect(out(await judge().once(source, '', options))).toBe('1 2\n');
    });

    test('has the stack that its memory limit allows', async () => {
      const source =
        '#include <cstdio>\nint f(int n) { volatile char a[64]; a[n % 64] = 1; return n ? a[n % 64] + f(n - 1) : 0; }\nint main() { std::printf("%d\\n", f(500000)); }';
      expect(out(await judge().once(source, '', options))).toBe('500000\n');
    });

    test('a compile error tells the compiler’s words and runs nothing', async () => {
      const { outcome, executions } = await judge().run('int main() { return x; }', ['a'], options);
      expect(outcome).toEqual({
        kind: 'not_compiled',
        message: expect.stringMatching(/^main\.cpp: .*\n?.*‘?x’? was not declared/s) as string, // a matcher has no type
      });
      expect(executions).toEqual([]);
    });

    test.each([
      ['exit code', 'int main() { return 3; }', exited(3)],
      [
        'a crash',
        'int main() { volatile int* p = nullptr; *p = 1; }',
        { kind: 'signalled', signal: 'SIGSEGV' },
      ],
      [
        'abort',
        '#include <cstdlib>\nint main() { abort(); }',
        { kind: 'signalled', signal: 'SIGABRT' },
      ],
      ['an exception', 'int main() { throw 1; }', { kind: 'signalled', signal: 'SIGABRT' }],
      [
        'recursion without end',
        'int f(int n) { volatile char a[1000]; a[n % 1000] = 1; return f(n + 1) + a[n % 1000]; }\nint main() { return f(0); }',
        { kind: 'memory_limit' },
      ],
      [
        'a loop without end',
        'int main() { for (volatile int i = 0;; i = i + 1) {} }',
        { kind: 'cpu_limit' },
      ],
      ['sleep', '#include <unistd.h>\nint main() { sleep(1000); }', { kind: 'wall_limit' }],
      [
        'memory that grows',
        '#include <vector>\nint main() { std::vector<int> v; for (;;) v.push_back(1); }',
        { kind: 'memory_limit' },
      ],
      [
        'memory at once',
        '#include <cstdlib>\n#include <cstring>\nint main() { char* p = (char*) malloc(400u << 20); if (!p) return 7; for (unsigned i = 0; i < 400u << 20; i += 4096) ((volatile char*) p)[i] = 1; }',
        { kind: 'memory_limit' },
      ],
      [
        'output without end',
        '#include <cstdio>\nint main() { for (;;) std::puts("x"); }',
        { kind: 'output_limit' },
      ],
    ])('%s', async (name, source, end) => {
      const own = { ...limits, cpuS: 2, wallS: name === 'sleep' ? 3 : 50 };
      const execution = await judge().once(source, '', { ...options, limits: own });
      expect(execution.end).toEqual(end);
    });

    test.each([
      ['a file without end', '#include "/dev/zero"\nint main() {}'],
      [
        'templates without end',
        'template<int N> struct A { typedef typename A<N + 1>::T T; typedef typename A<N + 2>::T U; };\nint main() { A<0>::T x; }',
      ],
      [
        'constants without end',
        'constexpr unsigned f(unsigned n) { return n < 2 ? n : f(n - 1) + f(n - 2); }\nint main() { constexpr unsigned x = f(60); return x; }',
      ],
      ['a binary of gigabytes', 'char a[3000000000] = {1};\nint main() { return a[5]; }'],
      ['includes itself', '#include __FILE__\nint main() {}'],
      ['nothing', ''],
      ['NUL and invalid UTF-8', '\0\ufffd'],
    ])('a compiler that would never end is stopped: %s', async (_, source) => {
      const { outcome } = await judge().run(source, [''], options);
      expect(outcome.kind).toBe('not_compiled');
      if (outcome.kind === 'not_compiled') expect(outcome.message.length).toBeGreaterThan(10);
      expect(out(await judge().once('print("next")'))).toBe('next\n');
    });

    test('sees neither the source of another program nor what another compiler wrote', async () => {
      const hidden = '// hidden-marker\nint main() {}';
      expect((await judge().run(hidden, [''], options)).outcome.kind).toBe('ran');
      const search = `import os
for top in ("/tmp", "/dev/shm", "/var/tmp"):
    for folder, folders, files in os.walk(top):
        for name in files: print(os.path.join(folder, name))
        for name in folders: print(os.listdir(os.path.join(folder, name)))
print("end")`;
      const found = out(await judge().once(search));
      expect(found.replace(/^.*main\.py\n/gm, '')).toBe('end\n');
    });

    test('cannot change its own program for the inputs after', async () => {
      const source = `#include <cstdio>
#include <unistd.h>
#include <cstdlib>
#include <string>
int main(int, char** argv) {
  std::string self = argv[0];
  std::remove(argv[0]);
  FILE* f = std::fopen(argv[0], "w");
  if (f) { std::fputs("#!/bin/sh\\necho changed\\n", f); std::fclose(f); }
  std::puts("whole");
}`;
      const { executions } = await judge().run(source, ['', '', ''], options);
      expect(executions.map(out)).toEqual(['whole\n', 'whole\n', 'whole\n']);
    });
  });

  describe('Java', () => {
    const options = { language: 'JAVA', limits } as const;

    test('is compiled once and run on every input, by the name of its class', async () => {
      const source = `import java.util.*;
public class Solution {
  static class Inner { int twice(int n) { return 2 * n; } }
  public static void main(String[] args) {
    Scanner in = new Scanner(System.in);
    System.out.println(new Inner().twice(in.nextInt()));
  }
}`;
      const { outcome, executions } = await judge().run(source, ['3\n', '4\n'], options);
      expect(outcome).toEqual({ kind: 'ran' });
      expect(executions.map(out)).toEqual(['6\n', '8\n']);
    });

    test.each([
      [
        'a package',
        'package a.b;\npublic class C { public static void main(String[] a) { System.out.println("ok"); } }',
      ],
      [
        'no public class',
        'class Help {}\nclass Main { public static void main(String... a) { System.out.println("ok"); } }',
      ],
      [
        'main in another class',
        'public class A { String s = "class X {"; }\nclass B { public static void main(final String[] a) { System.out.println("ok"); } }',
      ],
      [
        'a deep recursion',
        'public class A { static int f(int n) { return n == 0 ? 0 : 1 + f(n - 1); }\npublic static void main(String[] a) { System.out.println(f(100000) == 100000 ? "ok" : "no"); } }',
      ],
      [
        'threads',
        'public class A { public static void main(String[] a) throws Exception { Thread t = new Thread(null, () -> System.out.println("ok"), "t", 1 << 26); t.start(); t.join(); } }',
      ],
    ])('%s', async (_, source) => {
      expect(out(await judge().once(source, '', options))).toBe('ok\n');
    });

    test('a compile error tells the compiler’s words', async () => {
      const { outcome } = await judge().run('public class A { int x = "a"; }', [''], options);
      expect(outcome).toEqual({
        kind: 'not_compiled',
        message: expect.stringMatching(/^A\.java:1: error: incompatible types/) as string, // a matcher has no type
      });
    });

    test.each([
      ['exit code', 'System.exit(3);', exited(3)],
      ['an exception', 'throw new RuntimeException();', exited(1)],
      ['recursion without end', 'main(a);', exited(1)],
      ['a loop without end', 'for (;;) {}', { kind: 'cpu_limit' }],
      ['sleep', 'Thread.sleep(100000);', { kind: 'wall_limit' }],
      [
        'memory',
        'java.util.List<int[]> l = new java.util.ArrayList<>(); for (;;) l.add(new int[1 << 20]);',
        { kind: 'memory_limit' },
      ],
      [
        'output without end',
        'for (;;) System.out.println("x".repeat(1000));',
        { kind: 'output_limit' },
      ],
    ])('%s', async (name, body, end) => {
      const source = `public class A { public static void main(String[] a) throws Exception { ${body} } }`;
      const own = { ...limits, cpuS: 4, wallS: name === 'sleep' ? 3 : 50 };
      const execution = await judge().once(source, '', { ...options, limits: own });
      expect(execution.end).toEqual(end);
    });
  });

  test('programs of all languages take turns in one judge', async () => {
    const programs = [
      ['PYTHON3', 'print("python")'],
      ['CPP', '#include <cstdio>\nint main() { std::puts("c++"); }'],
      ['JAVA', 'class A { public static void main(String[] a) { System.out.println("java"); } }'],
      ['PYTHON3', 'print("python")'],
    ] as const;
    const executions = await Promise.all(
      programs.map(([language, source]) => judge().once(source, '', { language, limits })),
    );
    expect(executions.map(out)).toEqual(['python\n', 'c++\n', 'java\n', 'python\n']);
  });

  test('Python 2 is not taken for Python 3', async () => {
    const { outcome, executions } = await judge().run('print 1', [''], { language: 'PYTHON' });
    expect(outcome).toEqual({
      kind: 'not_compiled',
      message: expect.stringContaining('Python 2 are not run') as string, // a matcher has no type
    });
    expect(executions).toEqual([]);
  });

  test('a cancelled compiler leaves a judge that works', async () => {
    const controller = new AbortController();
    const source =
      'constexpr int f(int n) { return n < 2 ? n : f(n - 1) + f(n - 2); }\nint main() { constexpr int x = f(60); return x; }';
    const running = judge().run(source, [''], { language: 'CPP', signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    expect(out(await judge().once('print(1)', '', { signal: never }))).toBe('1\n');
  });
});
