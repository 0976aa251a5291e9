import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../src/runner/sandbox/sandbox';
import { limits, mib, python, run, sh } from './setup';
import type { World } from './setup';

/** System calls that must be refused, by machine: [x86-64, arm64] numbers. `prlimit` is aimed at the first process. */
const refusedCalls = {
  ptrace: [101, 117],
  io_uring_setup: [425, 425],
  unshare: [272, 97],
  setns: [308, 268],
  mount: [165, 40],
  bpf: [321, 280],
  keyctl: [250, 219],
  userfaultfd: [323, 282],
  process_vm_readv: [310, 270],
  perf_event_open: [298, 241],
  pidfd_getfd: [438, 438],
  clone3: [435, 435],
} as const;

const callProgram = [
  'import ctypes, errno, json, os, platform, sys',
  'libc = ctypes.CDLL(None, use_errno=True)',
  'column = 1 if platform.machine() in ("aarch64", "arm64") else 0',
  'NEWUSER = 0x10000000',
  'arguments = {"unshare": [NEWUSER], "ptrace": [16, 1, 0, 0]}',
  'found = {}',
  'for name, numbers in json.loads(sys.argv[1]).items():',
  '    ctypes.set_errno(0)',
  '    result = libc.syscall(numbers[column], *(arguments.get(name) or [0, 0, 0, 0, 0]))',
  '    found[name] = errno.errorcode.get(ctypes.get_errno(), "none") if result < 0 else "done"',
  'print(json.dumps(found))',
].join('\n');

const forkBomb = [
  'import os',
  'while True:',
  '    try: os.fork()',
  '    except OSError: pass',
].join('\n');

/** Fills a folder until nothing more fits and tells how many bytes went in. */
const fill = [
  'import os, sys',
  'total = 0',
  'fd = os.open(sys.argv[1] + "/fill", os.O_WRONLY | os.O_CREAT)',
  'try:',
  '    while total < 10 ** 9: total += os.write(fd, bytes(65536))',
  'except OSError as error: print(total, error.strerror)',
].join('\n');

function probesOfIsolation(world: () => World, box: () => Sandbox): void {
  test('no program sees an interface but loopback, whatever listens on the host', async () => {
    const server = createServer((socket) => socket.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    try {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const hosts = Object.values(os.networkInterfaces()).flatMap((all) =>
        (all ?? []).map((a) => a.address),
      );
      const program = [
        'import socket, sys, os',
        'print(sorted(os.listdir("/sys/class/net")) if os.path.isdir("/sys/class/net") else ["lo"])',
        'for host in sys.argv[2:] + ["169.254.169.254", "1.1.1.1"]:',
        '    try:',
        '        socket.create_connection((host, int(sys.argv[1])), 2); print("REACHED", host)',
        '    except OSError: pass',
        'try: socket.getaddrinfo("example.com", 80); print("RESOLVED")',
        'except OSError: pass',
      ].join('\n');
      const { out } = await run(box(), ['python3', '-c', program, String(port), ...hosts]);
      expect(out).toBe("['lo']\n");
    } finally {
      server.close();
    }
  });

  test("the host's files are not there", async () => {
    const secret = path.join(world().host.cwd, 'secret.txt');
    await writeFile(secret, 'a secret of the host');
    for (const place of [
      secret,
      `/proc/1/root${secret}`,
      `/proc/self/root${secret}`,
      `../../../../../..${secret}`,
    ]) {
      expect((await run(box(), ['cat', place])).exitCode).toBe(1);
    }
  });

  test("the host's environment does not leak", async () => {
    const { out } = await sh(box(), 'env; cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"');
    const inherited = Object.keys(process.env).filter((name) =>
      /^(npm_|VITEST|BENCHYARD)/.test(name),
    );
    expect(inherited.length).toBeGreaterThan(0);
    for (const name of inherited) expect(out).not.toContain(`${name}=`);
  });

  test('the root cannot be written, no disk or engine is at hand', async () => {
    const script = [
      'for place in / /etc /usr /usr/lib /var /opt /bin; do touch $place/x 2>/dev/null && echo "wrote $place"; done',
      'ls /dev/sd* /dev/vd* /dev/nvme* /dev/mem /dev/kmsg /var/run/docker.sock /run/docker.sock 2>/dev/null',
      'mknod /tmp/disk b 8 0 2>/dev/null && echo mknod',
      'true',
    ].join('; ');
    expect(await sh(box(), script)).toMatchObject({ out: '', exitCode: 0 });
  });

  test('no program has a capability or can gain one', async () => {
    const { out } = await sh(
      box(),
      'grep -E "^(CapEff|CapPrm|CapBnd|NoNewPrivs)" /proc/self/status',
    );
    expect(out).toMatch(/CapPrm:\s+0+\n/);
    expect(out).toMatch(/CapEff:\s+0+\n/);
    expect(out).toMatch(/NoNewPrivs:\s+1/);
  });

  test('system calls that reach other processes or the kernel are refused', async () => {
    const { out } = await run(box(), ['python3', '-c', callProgram, JSON.stringify(refusedCalls)]);
    const answers = Object.entries(JSON.parse(out) as Record<string, string>); // our own program's answer
    expect(answers.map(([name]) => name).sort()).toEqual(Object.keys(refusedCalls).sort());
    expect(answers.filter(([, answer]) => !['EPERM', 'ENOSYS', 'EACCES'].includes(answer))).toEqual(
      [],
    );
  });
}

function probesOfTheHelper(box: () => Sandbox): void {
  test('the helper cannot be killed or stopped', async () => {
    const script =
      'for s in KILL STOP TERM INT HUP SEGV USR1 XCPU; do kill -$s 1; kill -$s -1; done 2>/dev/null; echo';
    await sh(box(), `sh -c '${script}'`, { timeoutMs: 5000 });
    expect(await run(box(), ['echo', 'alive'])).toMatchObject({ cause: 'exited', out: 'alive\n' });
  });

  test('its answers cannot be forged, its memory not read', async () => {
    const script = [
      'for fd in 0 1 2 3 4 5 6 7; do (echo forged > /proc/1/fd/$fd) 2>/dev/null && echo "wrote $fd"; done',
      '(cat /proc/1/mem > /dev/null) 2>/dev/null && echo read',
      'cat /proc/1/environ /proc/1/maps 2>/dev/null',
      'ls -l /proc/1/fd 2>/dev/null | grep -c pipe',
    ].join('; ');
    const { out } = await sh(box(), script);
    expect(out).toBe('0\n');
  });

  test('a program holds no descriptor of the channel', async () => {
    const { out } = await python(
      box(),
      'import os; print(sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:3], len(os.listdir("/proc/self/fd")))',
    );
    // The fourth is the listing itself.
    expect(out).toBe('[0, 1, 2] 4\n');
  });

  test('it cannot be starved of descriptors or memory by limits set on it', async () => {
    const program = [
      'import resource',
      'for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_AS, resource.RLIMIT_CPU):',
      '    try: resource.prlimit(1, kind, (1, 1)); print("SET")',
      '    except OSError: pass',
      'print("tried")',
    ].join('\n');
    expect((await python(box(), program)).out).toBe('tried\n');
    expect((await run(box(), ['echo', 'alive'])).out).toBe('alive\n');
  });
}

function probesOfLimits(world: () => World, box: () => Sandbox): void {
  test('a fork bomb is held and ended by its time limit', async () => {
    const { capabilities } = world().provider;
    expect(capabilities.pidsLimit).toBe(true);
    expect((await python(box(), forkBomb, { timeoutMs: 1500 })).cause).toBe('timeout');
    const { out } = await sh(box(), 'ls /proc | grep -c "^[0-9]"');
    expect(Number(out)).toBeLessThan(8);
  });

  test('a fork bomb of orphans is held and ended too', async () => {
    // Python waits, since a shell gives up when it cannot start its next program.
    const script = 'f() { f | f & }; f';
    const program = `import subprocess, time; subprocess.Popen(['sh', '-c', '${script}']); time.sleep(300)`;
    expect((await python(box(), program, { timeoutMs: 1500 })).cause).toBe('timeout');
    const { out } = await sh(box(), 'ls /proc | grep -c "^[0-9]"');
    expect(Number(out)).toBeLessThan(8);
  });

  test('a fork bomb that was left in the background does not keep the next command from running', async () => {
    const program = `import subprocess; subprocess.Popen(['python3', '-c', ${JSON.stringify(forkBomb)}])`;
    expect((await python(box(), program)).exitCode).toBe(0);
    await expect
      .poll(async () => (await sh(box(), 'exit 7')).exitCode, { timeout: 20_000 })
      .toBe(7);
    await box().writeFile('after', 'x', { signal: new AbortController().signal });
    expect((await run(box(), ['cat', 'after'])).out).toBe('x');
  });

  test('a full process table is a result, not a lost sandbox', async () => {
    const script =
      'i=0; while [ $i -lt 300 ]; do sleep 300 & i=$((i+1)); done 2>/dev/null; echo all';
    const filling = sh(box(), `${script}; sleep 300`, {
      timeoutMs: 4000,
      onOutput: () => undefined,
    });
    const beside = await sh(box(), 'true', { timeoutMs: 2000 });
    expect(['exited', 'timeout']).toContain(beside.cause);
    expect(['exited', 'timeout']).toContain((await filling).cause);
    await sh(box(), 'kill -9 -1');
    expect((await run(box(), ['echo', 'alive'])).out).toBe('alive\n');
  });

  test('a full disk is felt by the program, within the limit, and by nobody else', async () => {
    const { diskLimit } = world().provider.capabilities;
    const places = [box().workdir, '/tmp', '/dev/shm'];
    let total = 0;
    for (const place of places) {
      const { out } = await run(box(), ['python3', '-c', fill, place]);
      const [bytes, ...reason] = out.trim().split(' ');
      expect(reason.join(' ')).toMatch(/No space left|File too large|Disk quota/);
      total += Number(bytes);
    }
    expect(['total', 'workspace', 'file']).toContain(diskLimit);
    if (diskLimit === 'file') expect(total).toBeLessThanOrEqual(places.length * limits.diskBytes);
    else expect(total).toBeLessThanOrEqual(limits.diskBytes);
    expect(total).toBeGreaterThan(limits.diskBytes / 2);
    await sh(box(), 'rm -f fill /tmp/fill /dev/shm/fill');
    expect((await sh(box(), 'echo room > x && cat x')).out).toBe('room\n');
  });

  test('writing a file where no room is left is disk-full', async () => {
    await run(box(), ['python3', '-c', fill, box().workdir]);
    const outcome = await box()
      .writeFile(
        'more',
        new Uint8Array(
          world().provider.capabilities.diskLimit === 'file' ? 2 * limits.diskBytes : mib,
        ),
        {
          signal: new AbortController().signal,
        },
      )
      .then(() => null)
      .catch((error: unknown) => error);
    await sh(box(), 'rm -f fill more');
    expect(outcome).toMatchObject({ code: 'disk-full' });
  });
}

function probesOfMemory(world: () => World, box: () => Sandbox): void {
  const hog = `x = bytearray(${4 * limits.memoryBytes})`;
  const declared = (): boolean => world().provider.capabilities.oomDetection;

  test('a program that takes too much memory ends as out of memory', async () => {
    const { cause, exitCode, err } = await python(box(), hog);
    if (declared()) expect(cause).toBe('oom');
    else {
      // Without a limit for the tree the program is refused the memory and says so itself.
      expect({ cause, failed: exitCode !== 0 }).toEqual({ cause: 'exited', failed: true });
      expect(err).toContain('MemoryError');
    }
  });

  test('a grandchild that takes too much is told, even when its parent ends well', async () => {
    const { cause, exitCode } = await sh(box(), `python3 -c '${hog}' 2>/dev/null; exit 0`);
    expect({ cause, exitCode }).toEqual(
      declared() ? { cause: 'oom', exitCode: null } : { cause: 'exited', exitCode: 0 },
    );
  });

  test('many small takers together are held as one where the limit is for the tree', async () => {
    const share = Math.floor(limits.memoryBytes / 2);
    const script = `for i in 1 2 3 4 5 6; do python3 -c 'x = bytearray(${share}); import time; time.sleep(1)' & done; wait`;
    const { cause } = await sh(box(), script);
    expect(cause).toBe(world().provider.capabilities.memoryLimit === 'tree' ? 'oom' : 'exited');
  });

  test('the next command is not blamed for it', async () => {
    expect(await sh(box(), 'exit 1')).toMatchObject({ cause: 'exited', exitCode: 1 });
  });
}

/** What hostile programs try. A trial sandbox of its own for each group, since some leave a mess. */
export function hostileContract(world: () => World): void {
  const groups = {
    isolation: probesOfIsolation,
    'the helper': (_: () => World, box: () => Sandbox) => {
      probesOfTheHelper(box);
    },
    limits: probesOfLimits,
    memory: probesOfMemory,
  };
  for (const [name, probes] of Object.entries(groups)) {
    describe(`hostile programs: ${name}`, () => {
      let box: Sandbox | undefined;
      beforeAll(async () => {
        box = await world().open();
      });
      afterAll(async () => {
        await box?.[Symbol.asyncDispose]();
      });
      probes(world, () => box!);
    });
  }
}
