/**
 * Programs that look for what is not theirs. Each prints what it found as a JSON list, which must be empty. What they
 * look for, they know by its beginning and its hash alone, so that they do not find themselves.
 */

/** What every secret begins with, written so that no program holds it as a whole. */
const look = `import hashlib, json, os, re, sys
head = bytes(reversed(b"-terces-"))
known = set(input().split())
found = set()
def scan(where, data):
    for m in re.finditer(head + rb"[0-9a-f]{16}", data):
        if hashlib.sha256(m.group()).hexdigest() in known: found.add(where)
def report():
    print(json.dumps(sorted(found)))
`;

const each = `def others():
    return [int(p) for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()]
`;

export const searches: Readonly<Record<string, string>> = {
  'its own memory': `${look}
import ctypes
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
for line in open("/proc/self/maps"):
    span, modes, *_ = line.split()
    if not modes.startswith("r") or "[vvar" in line or "[vsyscall]" in line: continue
    start, end = (int(x, 16) for x in span.split("-"))
    memory = os.open("/proc/self/mem", os.O_RDONLY)
    rest = b""
    while start < end:
        try: block = os.pread(memory, min(1 << 20, end - start), start)
        except OSError: break
        if not block: break
        scan("memory " + line.strip(), rest + block)
        rest = block[-32:]
        start += len(block)
    os.close(memory)
report()`,
  'objects of the interpreter': `${look}
import gc, types
for o in gc.get_objects():
    try: scan("object of " + str(type(o)), repr(o).encode("utf-8", "replace"))
    except Exception: pass
for name, module in list(sys.modules.items()):
    for key, value in list(vars(module).items()):
        if isinstance(value, (str, bytes)): scan(name + "." + key, value.encode("utf-8", "replace") if isinstance(value, str) else value)
frame = sys._getframe()
while frame is not None:
    scan("frame", repr(frame.f_locals).encode("utf-8", "replace"))
    if frame.f_code.co_filename not in ("main.py", __file__): found.add("frame of " + frame.f_code.co_filename)
    frame = frame.f_back
report()`,
  'memory, descriptors and links of other processes': `${look}${each}
for pid in others():
    for name in ("mem", "environ", "maps", "stack", "syscall", "auxv", "io"):
        try:
            with open("/proc/%d/%s" % (pid, name), "rb") as f: data = f.read(4096)
            if name != "mem" or data: found.add("%s of %d" % (name, pid))
        except OSError: pass
    for name in ("cwd", "root", "exe"):
        try: found.add("%s of %d: %s" % (name, pid, os.readlink("/proc/%d/%s" % (pid, name))))
        except OSError: pass
    for name in ("fd", "fdinfo", "map_files", "ns"):
        try: found.update("%s of %d: %s" % (name, pid, fd) for fd in os.listdir("/proc/%d/%s" % (pid, name)) if name != "ns")
        except OSError: pass
    try: scan("command line", open("/proc/%d/cmdline" % pid, "rb").read())
    except OSError: pass
    for thread in ("/proc/%d/task/%d/mem" % (pid, pid), "/proc/%d/task/%d/environ" % (pid, pid)):
        try: open(thread, "rb").read(1); found.add(thread)
        except OSError: pass
report()`,
  'system calls that reach into other processes': `${look}${each}
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
class Vec(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]
x86 = os.uname().machine == "x86_64"
for pid in others():
    if libc.ptrace(16, pid, 0, 0) == 0: found.add("attached to %d" % pid)
    if libc.ptrace(0x4206, pid, 0, 0) == 0: found.add("seized %d" % pid)
    here = ctypes.create_string_buffer(8)
    mine, theirs = Vec(ctypes.addressof(here), 8), Vec(0x400000, 8)
    if libc.process_vm_readv(pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) >= 0: found.add("read %d" % pid)
    if ctypes.get_errno() not in (1, 3, 38): found.add("process_vm_readv says %d" % ctypes.get_errno())
    try: fd = os.pidfd_open(pid)
    except OSError: continue
    for number in range(8):
        if libc.syscall(438, fd, number, 0) >= 0: found.add("descriptor of %d" % pid)
report()`,
  'files that were left': `${look}
mine = os.getcwd()
for top in ("/tmp", "/dev/shm", "/dev/mqueue", "/var/tmp", "/run", "/home", "/workspace", "/root"):
    for folder, folders, files in os.walk(top):
        if os.path.realpath(folder).startswith(mine): continue
        for name in files:
            path = os.path.join(folder, name)
            try: scan(path, open(path, "rb").read(1 << 20))
            except OSError: pass
            if top in ("/tmp", "/dev/shm", "/dev/mqueue") and os.lstat(path).st_uid != 0: found.add("left " + path)
report()`,
  'descriptors that it inherits': `${look}
for fd in sorted(map(int, os.listdir("/proc/self/fd"))):
    try: kind = os.readlink("/proc/self/fd/%d" % fd)
    except OSError: continue
    if fd > 2: found.add("%d %s" % (fd, kind))
for fd in (1, 2):
    try: scan("behind %d" % fd, os.pread(fd, 1 << 20, 0))
    except OSError: pass
    try: scan("behind %d, opened" % fd, os.pread(os.open("/proc/self/fd/%d" % fd, os.O_RDONLY), 1 << 20, 0))
    except OSError: pass
report()`,
  'environment variables': `${look}
scan("environment", repr(os.environ).encode())
found.update(k for k in os.environ if "BENCHYARD" in k)
report()`,
  sockets: `${look}
import socket
for family in ("unix", "tcp", "tcp6", "udp", "packet"):
    try: lines = open("/proc/net/" + family).read().splitlines()[1:]
    except OSError: continue
    for line in lines:
        if "@" in line or family != "unix": found.add(family + " " + line)
report()`,
  'objects that outlive programs': `${look}
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.shmget(0x4d2, 4096, 0o1666) >= 0: found.add("System V memory")
if libc.semget(0x4d2, 1, 0o1666) >= 0: found.add("System V semaphore")
if libc.msgget(0x4d2, 0o1666) >= 0: found.add("System V queue")
try:
    if ctypes.CDLL("librt.so.1").mq_open(b"/q", 0o100 | 2, 0o666, None) >= 0: found.add("message queue")
except OSError: pass
number = 250 if os.uname().machine == "x86_64" else 219
if libc.syscall(number, 0, -4, 1) >= 0: found.add("keyring")
report()`,
  rights: `${look}${each}
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
status = dict(l.split(":", 1) for l in open("/proc/self/status").read().splitlines() if ":" in l)
for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
    if int(status[name], 16): found.add(name + status[name])
if status["NoNewPrivs"].strip() != "1": found.add("new privileges")
if status["Groups"].strip(): found.add("groups " + status["Groups"])
if 0 in os.getresuid() + os.getresgid(): found.add("root")
for call in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.seteuid(os.getuid() - 1), lambda: os.seteuid(os.getuid() + 1), lambda: os.setgroups([0]), lambda: os.chroot("/"), lambda: os.nice(-1), lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)), lambda: os.mknod("disk", 0o60666, 0x800), lambda: os.mkfifo("/x")):
    try: call(); found.add("call")
    except OSError: pass
for pid in others():
    for signal in (0, 19, 9):
        try: os.kill(pid, signal); found.add("signal %d to %d" % (signal, pid))
        except OSError: pass
    try: open("/proc/%d/oom_score_adj" % pid, "w").write("1000"); found.add("oom score of %d" % pid)
    except OSError: pass
    try: os.setpriority(os.PRIO_PROCESS, pid, 19); found.add("priority of %d" % pid)
    except OSError: pass
report()`,
};

/** What a program finds when it starts. It must be the same whatever ran before. */
export const stateReport = `import builtins, gc, locale, os, random, resource, signal, sys, threading, time, decimal, json, math, collections, heapq, re
r = random.Random(3)
print(sorted(dir(builtins)), sorted(k for k in os.environ if k != "PWD"), len(sys.path), sys.getrecursionlimit(), sys.getswitchinterval())
print(oct(os.umask(0o22)), signal.pthread_sigmask(signal.SIG_BLOCK, []), [str(signal.getsignal(s)) for s in sorted(signal.valid_signals())])
print(locale.setlocale(locale.LC_ALL), sys.stdout.encoding, decimal.getcontext(), gc.isenabled(), gc.get_threshold(), threading.stack_size())
print(max(1, 2), math.sqrt(4), heapq.nsmallest(1, [2, 1]), json.dumps([1]), re.sub("a", "b", "a"), collections.Counter("a"), len("ab"), r.random())
print(sorted(os.listdir(".")), sorted(os.listdir("/tmp"))[:0], os.listdir("/dev/shm"), os.nice(0), os.sched_getaffinity(0), signal.getitimer(signal.ITIMER_REAL))
print([(n, resource.getrlimit(getattr(resource, n))) for n in sorted(dir(resource)) if n.startswith("RLIMIT_")], time.tzname)
print([n for n in ("poison", "numpy") if n in sys.modules], sorted(m for m in sys.modules if m.startswith("p")), len(input()))
`;

/** Changes all that it can reach. */
export const saboteur = `import builtins, collections, decimal, gc, heapq, json, locale, math, os, random, re, resource, signal, sys, threading, time, types
builtins.max = builtins.len = lambda *a: 0
builtins.poison = 1
math.sqrt = heapq.nsmallest = json.dumps = re.sub = lambda *a, **k: "poison"
collections.Counter.__repr__ = lambda s: "poison"
sys.modules["poison"] = types.ModuleType("poison")
sys.path.insert(0, "/tmp")
os.environ["POISON"] = "1"
os.environ["PYTHONHASHSEED"] = "1"
os.umask(0)
os.chdir("/")
random.seed(1)
random.Random.random = lambda s: 0
decimal.getcontext().prec = 3
sys.setrecursionlimit(77)
sys.setswitchinterval(9)
gc.disable()
gc.set_threshold(1)
threading.stack_size(1 << 20)
time.tzset = None
os.environ["TZ"] = "Asia/Tokyo"
os.nice(5)
try: os.sched_setaffinity(0, {0})
except OSError: pass
for s in signal.valid_signals():
    try: signal.signal(s, signal.SIG_IGN)
    except OSError: pass
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
for folder in ("/tmp", "/dev/shm", os.path.dirname(os.path.abspath(__file__))):
    for name in ("math.py", "sitecustomize.py", "json.py", "heapq.py", "poison"):
        try: open(folder + "/" + name, "w").write("raise SystemExit(1)")
        except OSError: pass
    try: os.chmod(folder, 0)
    except OSError: pass
print("done")
`;
