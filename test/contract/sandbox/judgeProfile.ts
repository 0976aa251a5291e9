import { expect, test } from 'vitest';
import type { World } from './setup';
import { python, sh } from './setup';

/** Becomes another user, as a judge does for each program. */
const asOther = (program: string): string =>
  `import os\nos.setresgid(4001, 4001, 4001)\nos.setresuid(4001, 4001, 4001)\n${program}`;

/** What the profile `judge` promises; what refuses to give it says so in its capabilities. */
export function judgeProfileContract(world: () => World): void {
  const open = (): ReturnType<World['open']> =>
    world().open({ profile: 'judge', workdir: '/workspace/elsewhere' });

  test('the profile judge is there, or declared not to be', async () => {
    if (!world().provider.capabilities.otherUsers) {
      await expect(open()).rejects.toMatchObject({ code: 'unsupported-environment' });
      return;
    }
    await using box = await open();
    expect(box.workdir).toBe('/tmp');
    const { out } = await sh(box, 'id -u; pwd; grep -E "^(CapEff|NoNewPrivs)" /proc/self/status');
    // CAP_KILL, CAP_SETGID, CAP_SETUID
    expect(out).toBe('0\n/tmp\nCapEff:\t00000000000000e0\nNoNewPrivs:\t1\n');
  });

  test('who became another user in it has no right left, and comes not back', async () => {
    if (!world().provider.capabilities.otherUsers) return;
    await using box = await open();
    const seen = await python(
      box,
      asOther(`
print(os.getresuid())
with open("/proc/self/status") as file: print([line for line in file if line.startswith("CapEff")])
for attempt in (lambda: os.setuid(0), lambda: os.setuid(4002), lambda: os.kill(1, 9), lambda: os.chown("/tmp", 4001, 4001)):
    try: attempt()
    except PermissionError: print("refused")`),
    );
    expect(seen.out).toBe(
      "(4001, 4001, 4001)\n['CapEff:\\t0000000000000000\\n']\nrefused\nrefused\nrefused\nrefused\n",
    );
  });

  test('no such user leaves anything but in /tmp and /dev/shm', async () => {
    if (!world().provider.capabilities.otherUsers) return;
    await using box = await open();
    const program = `
import ctypes, os
found = []
for folder, folders, _ in os.walk("/"):
    folders[:] = [each for each in folders if os.path.join(folder, each) not in ("/proc", "/sys")]
    try:
        path = os.path.join(folder, "left")
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        os.unlink(path)
        found.append(folder)
    except OSError: pass
print(sorted(found))
libc = ctypes.CDLL(None, use_errno=True)
for call in (lambda: libc.shmget(5, 4096, 0o1777), lambda: libc.semget(5, 1, 0o1777), lambda: libc.msgget(5, 0o1777)):
    print(call())
try:
    queues = ctypes.CDLL("librt.so.1", use_errno=True)
    print(queues.mq_open(b"/left", os.O_CREAT | os.O_RDWR, 0o666, None))
except AttributeError: print(-1)`;
    const seen = await python(box, asOther(program));
    expect(seen.out).toBe("['/dev/shm', '/tmp']\n-1\n-1\n-1\n-1\n");
  });
}
