/** A program whose output depends on what differs between a fresh interpreter and a forked one. */
export interface TrickyProgram {
  readonly name: string;
  readonly source: string;
  readonly input?: string;
  /** Why the judge is known to differ here; a program that solves a problem has no use for it. */
  readonly differs?: string;
}

/** Programs that meet the interpreter's start and end, and what a program can ask about itself. */
export const trickyPrograms: readonly TrickyProgram[] = [
  // -- stdin --
  { name: 'stdin has a size', source: 'import os\nprint(os.fstat(0).st_size)', input: 'abc\n' },
  {
    name: 'stdin is a regular file that can be sought',
    source:
      'import os, stat\nprint(stat.S_ISREG(os.fstat(0).st_mode), os.lseek(0, 0, 1), os.lseek(0, 2, 0), os.read(0, 9))',
    input: 'abcdef',
  },
  {
    name: 'stdin mapped into memory',
    source: 'import mmap\nprint(mmap.mmap(0, 0, access=mmap.ACCESS_READ)[:])',
    input: '1 2\n',
  },
  { name: 'open(0)', source: 'print(open(0).read().split())\nprint("on")', input: '3 4\n' },
  {
    name: 'stdin by name',
    source:
      'for name in ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"):\n    print(open(name).read())',
    input: 'x y\n',
  },
  {
    name: 'buffered and unbuffered reading mixed',
    source:
      'import os, sys\nprint(input())\nprint(os.read(0, 10))\nprint(sys.stdin.buffer.readline(), sys.stdin.read())',
    input: 'a\nb\nc\n',
  },
  {
    name: 'the end of the input',
    source: 'try:\n    while True: print(repr(input()))\nexcept EOFError as e: print("end", e)',
    input: 'a\n\nb',
  },
  { name: 'input() fails at once', source: 'input()' },
  { name: 'prompts', source: 'print(input("one? "), input("two? "))', input: '1\n2\n' },
  { name: 'line ends', source: 'import sys\nprint(repr(sys.stdin.read()))', input: 'a\r\nb\rc\n' },
  {
    name: 'invalid UTF-8 read',
    source: 'import sys\nprint(ascii(sys.stdin.readline()))',
    input: 'é\u00ff',
  },
  {
    name: 'stdin replaced',
    source: 'import io, sys\nsys.stdin = io.StringIO("7\\n8")\nprint(input(), input())',
  },
  {
    name: 'the streams and what they say of themselves',
    source: `import sys
for s in (sys.stdin, sys.stdout, sys.stderr):
    print(s.name, s.mode, s.encoding, s.errors, s.line_buffering, s.write_through, s.newlines, s.isatty(), s.fileno(), s.closed)
    print(type(s), type(s.buffer), type(s.buffer.raw), s.buffer.raw.closefd, s.buffer.raw.mode, s.buffer.raw.name)
print(sys.stdin is sys.__stdin__, sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__)`,
  },
  // -- stdout --
  {
    name: 'os.write before what is buffered',
    source: 'import os\nprint("first")\nos.write(1, b"second\\n")\nprint("third")',
  },
  { name: 'stdout closed', source: 'import sys\nprint("a")\nsys.stdout.close()' },
  { name: 'printing on a closed stdout', source: 'import sys\nsys.stdout.close()\nprint("a")' },
  {
    name: 'descriptor 1 closed',
    source: 'import os\nprint("a", flush=True)\nos.close(1)\nprint("b")',
  },
  {
    name: 'stdout replaced, never flushed',
    source: 'import sys\nsys.stdout = open(1, "w", closefd=False)\nprint("a")',
  },
  {
    name: 'stdout replaced by io.StringIO, written at exit',
    source: `import atexit, io, os, sys
sys.stdout = out = io.BytesIO()
atexit.register(lambda: os.write(1, out.getvalue()))
out.write(b"late\\n")`,
  },
  {
    name: 'a second buffer on descriptor 1',
    source:
      'import os, sys\nout = os.fdopen(1, "wb", closefd=False)\nout.write(b"two\\n")\nprint("one")',
  },
  {
    name: '__stdout__ used beside stdout',
    source: 'import sys\nsys.__stdout__.write("a\\n")\nsys.stdout = None\nprint("gone")',
  },
  {
    name: 'the fast-input template',
    source: `import os, sys
from io import BytesIO, IOBase
BUFSIZE = 8192
class FastIO(IOBase):
    newlines = 0
    def __init__(self, file):
        self._fd = file.fileno()
        self.buffer = BytesIO()
        self.writable = "x" in file.mode or "r" not in file.mode
        self.write = self.buffer.write if self.writable else None
    def read(self):
        while True:
            b = os.read(self._fd, max(os.fstat(self._fd).st_size, BUFSIZE))
            if not b: break
            ptr = self.buffer.tell()
            self.buffer.seek(0, 2), self.buffer.write(b), self.buffer.seek(ptr)
        self.newlines = 0
        return self.buffer.read()
    def flush(self):
        if self.writable:
            os.write(self._fd, self.buffer.getvalue())
            self.buffer.truncate(0), self.buffer.seek(0)
class Wrapper(IOBase):
    def __init__(self, file):
        self.buffer = FastIO(file)
        self.flush = self.buffer.flush
        self.writable = self.buffer.writable
        self.write = lambda s: self.buffer.write(s.encode("ascii"))
        self.read = lambda: self.buffer.read().decode("ascii")
sys.stdin, sys.stdout = Wrapper(sys.stdin), Wrapper(sys.stdout)
print(sum(map(int, sys.stdin.read().split())))`,
    input: '1 2 3\n',
  },
  {
    name: 'an unencodable character',
    source: 'print("before")\nprint("\\ud800")\nprint("after")',
  },
  {
    name: 'reconfigured',
    source: 'import sys\nsys.stdout.reconfigure(encoding="latin-1", newline="\\r\\n")\nprint("é")',
  },
  {
    name: 'NUL and bytes that are no UTF-8',
    source: 'import sys\nsys.stdout.buffer.write(bytes(range(256)))',
  },
  {
    name: 'stderr stays out of stdout',
    source: 'import sys\nprint("a", file=sys.stderr)\nprint("b")',
  },
  {
    name: 'a stdout that fails at the end',
    source: 'import os, sys\nprint("x")\nos.dup2(os.open("/dev/full", os.O_WRONLY), 1)',
  },
  // -- the end --
  ...['0', '3', '256', '-1', '2**40', '"words"', 'None', 'True', '(1, 2)', '1.5', ''].map(
    (code) => ({ name: `sys.exit(${code})`, source: `import sys\nprint("a")\nsys.exit(${code})` }),
  ),
  { name: 'exit() of the site module', source: 'print("a")\nexit()\nprint("b")' },
  { name: 'quit(4)', source: 'print("a")\nquit(4)' },
  {
    name: 'exit() closes stdin',
    source: 'import sys\ntry: exit()\nexcept SystemExit: print(sys.stdin.closed)',
  },
  {
    name: 'exit, quit, copyright by name',
    source: 'print(exit, quit, copyright, credits, license, help)',
  },
  { name: 'raise SystemExit', source: 'raise SystemExit(5)' },
  { name: 'os._exit loses what is buffered', source: 'import os\nprint("lost")\nos._exit(2)' },
  { name: 'an exception', source: 'print("a")\nraise ValueError("b")' },
  { name: 'KeyboardInterrupt', source: 'print("a")\nraise KeyboardInterrupt' },
  { name: 'GeneratorExit and a class of its own', source: 'class E(BaseException): pass\nraise E' },
  {
    name: 'a broken exception',
    source: 'class E(Exception):\n    def __str__(self): raise E\nraise E',
  },
  {
    name: 'excepthook of its own',
    source:
      'import sys\nsys.excepthook = lambda kind, value, tb: print("hook", kind.__name__, value)\n1 / 0',
  },
  {
    name: 'an excepthook that exits',
    source:
      'import sys\ndef hook(*a):\n    print("hook")\n    sys.exit(9)\nsys.excepthook = hook\n1 / 0',
  },
  {
    name: 'atexit in its order',
    source: 'import atexit\nfor n in range(3): atexit.register(print, "exit", n)\nprint("end")',
  },
  {
    name: 'an exception at exit',
    source: 'import atexit\natexit.register(lambda: 1 / 0)\natexit.register(print, "still")',
  },
  {
    name: 'sys.exit at exit',
    source: 'import atexit, sys\natexit.register(sys.exit, 3)\nprint("a")',
  },
  {
    name: 'os._exit at exit',
    source: 'import atexit, os\natexit.register(os._exit, 6)\nprint("a")',
  },
  {
    name: 'atexit of an atexit',
    source: 'import atexit\natexit.register(lambda: atexit.register(print, "inner"))',
  },
  {
    name: 'atexit after an exception',
    source: 'import atexit\natexit.register(print, "bye")\n1 / 0',
  },
  {
    name: '__del__ of globals',
    source:
      'class A:\n    def __init__(self, n): self.n = n\n    def __del__(self): print("del", self.n)\na = A(1)\nb = A(2)\n_c = A(3)\nd = [A(4)]\nd.append(d)',
  },
  {
    name: '__del__ that raises',
    source: 'class A:\n    def __del__(self):\n        print("del")\n        1 / 0\na = A()',
  },
  {
    name: '__del__ that writes to a descriptor',
    source:
      'import os\nclass A:\n    def __del__(self): os.write(1, b"del\\n")\na = A()\nprint("first")',
  },
  {
    name: 'a finalizer',
    source:
      'import weakref\nclass A: pass\na = A()\nweakref.finalize(a, print, "final")\nprint("end")',
  },
  {
    name: 'a generator that is closed at the end',
    source: 'def g():\n    try: yield 1\n    finally: print("closed")\nit = g()\nprint(next(it))',
  },
  {
    name: 'a file that nobody closes',
    source: 'f = open("out.txt", "w")\nf.write("x")\nprint(open("out.txt").read() == "")',
  },
  {
    name: 'an object in another module outlives __main__',
    differs: 'modules are not taken apart at the end',
    source:
      'import os, sys\nclass A:\n    def __del__(self): print("del", sys is not None)\nos.kept = A()\nprint("end")',
  },
  // -- threads and processes --
  {
    name: 'a thread that outlives the main program',
    source:
      'import threading, time\ndef work():\n    time.sleep(0.05)\n    print("thread")\nthreading.Thread(target=work).start()\nprint("main")',
  },
  {
    name: 'a daemon thread does not',
    source:
      'import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nprint("main")',
  },
  {
    name: 'an exception in a thread',
    source:
      'import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()\nprint("on")',
  },
  {
    name: 'exit in a thread',
    source:
      'import sys, threading\nt = threading.Thread(target=sys.exit, args=(3,))\nt.start()\nt.join()\nprint("on")',
  },
  {
    name: 'a program in a thread with a large stack',
    source: `import sys, threading
def depth(n): return 0 if n == 0 else 1 + depth(n - 1)
def main(): print(depth(50000))
sys.setrecursionlimit(1 << 20)
threading.stack_size(128 << 20)
t = threading.Thread(target=main)
t.start()
t.join()`,
  },
  {
    name: 'names and idents of threads',
    source:
      'import threading\nprint(threading.current_thread(), threading.main_thread() is threading.current_thread(), threading.active_count(), threading.enumerate()[0].name)'.replace(
        'threading.current_thread(), ',
        'threading.current_thread().name, ',
      ),
  },
  {
    name: 'thread pools',
    source:
      'from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as p: print(list(p.map(abs, [-1, 2])))\nThreadPoolExecutor(1).submit(print, "late")',
  },
  {
    name: 'fork',
    source:
      'import os\nprint("a", flush=True)\npid = os.fork()\nif pid == 0: print("child")\nelse:\n    print(os.waitpid(pid, 0)[1])',
  },
  {
    name: 'what is buffered before a fork is printed twice',
    source: 'import os\nprint("a")\npid = os.fork()\nif pid: os.wait()',
  },
  {
    name: 'multiprocessing',
    source:
      'import multiprocessing as m\ndef f(x): return x * x\nif __name__ == "__main__":\n    p = m.Process(target=print, args=("child",))\n    p.start()\n    p.join()\n    q = m.Queue()\n    p = m.Process(target=q.put, args=(5,))\n    p.start()\n    print(q.get(), m.current_process().name)\n    p.join()',
  },
  {
    name: 'a subprocess',
    source:
      'import subprocess, sys\nprint(subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True).stdout)',
  },
  {
    name: 'a subprocess on the same stdin and stdout',
    source: 'import subprocess\nprint("a", flush=True)\nsubprocess.run(["cat"])\nprint("b")',
    input: 'middle\n',
  },
  {
    name: 'no children to wait for',
    source: 'import os\ntry: print(os.wait())\nexcept ChildProcessError as e: print(e)',
  },
  {
    name: 'asyncio',
    source:
      'import asyncio\nasync def f():\n    await asyncio.sleep(0.01)\n    return 5\nprint(asyncio.run(f()))',
  },
  // -- recursion --
  { name: 'the limit of recursion', source: 'import sys\nprint(sys.getrecursionlimit())' },
  {
    name: 'how deep a program gets',
    differs: 'the frame of the warm interpreter lies below',
    source: 'def f(n):\n    try: return f(n + 1)\n    except RecursionError: return n\nprint(f(0))',
  },
  { name: 'too deep', source: 'print("a")\ndef f(): f()\nf()' },
  {
    name: 'deep with a higher limit',
    source:
      'import sys\nsys.setrecursionlimit(20000)\ndef f(n): return n and 1 + f(n - 1)\nprint(f(15000))',
  },
  // -- what a program can ask about itself --
  {
    name: '__main__ and its names',
    source: `import sys
print(__name__, __file__ == "main.py" or __file__.endswith("/main.py"), __doc__, __package__, __spec__, type(__loader__).__name__, type(__builtins__).__name__, __annotations__ if "__annotations__" in dir() else None)
print(sorted(globals()), sys.modules["__main__"].__dict__ is globals())`,
  },
  {
    name: 'a docstring',
    source: '"""words"""\nprint(__doc__)\nx: int = 1\nprint(__annotations__)',
  },
  {
    name: 'sys.argv',
    source:
      'import sys\nprint(len(sys.argv), [a.rpartition("/")[2] for a in sys.argv], sys.orig_argv[1:] and True)',
  },
  {
    name: 'sys.path[0] is the folder',
    source:
      'import os, sys\nprint(os.path.samefile(sys.path[0], "."), len(sys.path), sys.path[1:])',
  },
  {
    name: 'the source lies beside it',
    source: 'print(open(__file__).read())\nimport os\nprint(sorted(os.listdir(".")))',
  },
  {
    name: 'imports itself',
    source:
      'print(__name__)\nif __name__ == "__main__":\n    import main\n    print(main.__name__, main.__file__ is not None)',
  },
  {
    name: 'inspect finds the source',
    source: 'import inspect\ndef f():\n    return 1  # here\nprint(inspect.getsource(f))',
  },
  {
    name: 'a traceback of its own',
    source:
      'import traceback\ntry: 1 / 0\nexcept Exception: print(traceback.format_exc().splitlines()[-1], len(traceback.format_exc().splitlines()))',
  },
  {
    name: 'frames below',
    differs: 'the frame of the warm interpreter lies below',
    source:
      'import sys\nprint(sys._getframe().f_back, sys._getframe().f_code.co_name, sys._getframe().f_lineno)',
  },
  {
    name: 'depth of the stack',
    differs: 'the frame of the warm interpreter lies below',
    source: 'import inspect\nprint(len(inspect.stack()))',
  },
  {
    name: 'flags and options',
    source: 'import sys\nprint(sys.flags, sys.dont_write_bytecode, sys.warnoptions, sys._xoptions)',
  },
  {
    name: 'modules that are not imported',
    source: 'try: math.sqrt(4)\nexcept NameError as e: print(e)',
  },
  {
    name: 'which modules are loaded',
    source: 'import sys\nprint("numpy" in sys.modules, "pandas" in sys.modules)',
  },
  {
    name: 'builtins',
    source:
      'import builtins\nprint(sorted(dir(builtins)))\nprint(sorted(dir(__builtins__)) == sorted(dir(builtins)))',
  },
  {
    name: 'tracing and profiling hooks',
    source:
      'import sys\nprint(sys.gettrace(), sys.getprofile(), sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__, sys.breakpointhook is sys.__breakpointhook__)',
  },
  {
    name: 'hooks of the garbage collector',
    differs: 'what is shared with the warm interpreter is frozen',
    source:
      'import gc\nprint(gc.isenabled(), gc.get_threshold(), gc.callbacks, gc.get_freeze_count() == 0, gc.get_debug())',
  },
  {
    name: 'pickling of classes in __main__',
    source:
      'import pickle\nclass A:\n    def __init__(self): self.x = 1\nprint(pickle.loads(pickle.dumps(A())).x, A.__module__, A)',
  },
  {
    name: 'dataclasses, enums, named tuples',
    source:
      'from dataclasses import dataclass\nfrom enum import Enum\nfrom collections import namedtuple\nfrom typing import NamedTuple\n@dataclass(order=True)\nclass P:\n    x: int = 0\nclass C(Enum): A = 1\nQ = namedtuple("Q", "a b")\nprint(P(1) < P(2), P(3), C.A, C["A"], Q(1, 2), Q.__module__)',
  },
  {
    name: 'typing.get_type_hints',
    source: 'import typing\nclass A: pass\nclass B:\n    a: "A"\nprint(typing.get_type_hints(B))',
  },
  {
    name: 'from __future__',
    source: 'from __future__ import annotations\ndef f(x: Nothing): pass\nprint(f.__annotations__)',
  },
  {
    name: 'a future that leaks from the judge',
    source: 'def f(x: int): pass\nprint(f.__annotations__)',
  },
  {
    name: 'exec and eval in their own names',
    source: 'x = 1\nexec("y = x + 1")\nprint(y, eval("y"), locals() is globals())',
  },
  {
    name: 'input of eval',
    source: 'print(eval(input()) + 1, [*map(eval, "1 2".split())])',
    input: '4\n',
  },
  {
    name: 'comprehension and class scopes',
    source: 'n = 3\nclass A:\n    n = 5\n    xs = [n for _ in range(2)]\nprint(A.xs)',
  },
  // -- randomness, locale, clock --
  {
    name: 'seeded randomness',
    source:
      'import random\nrandom.seed(7)\nprint(random.random(), random.sample(range(100), 5), random.Random(1).random())',
  },
  {
    name: 'hashes of numbers and tuples',
    source: 'print(hash(1.5), hash((1, 2)), hash(10**30), {3, 1, 2})',
  },
  {
    name: 'decimal contexts',
    source: 'import decimal\nprint(decimal.getcontext())\nprint(decimal.Decimal(1) / 7)',
  },
  {
    name: 'locale',
    source:
      'import locale\nprint(locale.getlocale(), locale.getpreferredencoding(), locale.setlocale(locale.LC_ALL), f"{1234567.891:n}")',
  },
  {
    name: 'encodings',
    source:
      'import sys\nprint(sys.getdefaultencoding(), sys.getfilesystemencoding(), open("f", "w").encoding, "é".encode())',
  },
  {
    name: 'process time starts at nothing',
    source:
      'import time, os, resource\nprint(time.process_time() < 1, os.times().user < 1, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime < 1, time.perf_counter() >= 0)',
  },
  {
    name: 'warnings',
    source:
      'import warnings\nwarnings.warn("once")\nwarnings.simplefilter("error")\ntry: warnings.warn("twice")\nexcept UserWarning as e: print(e)\nprint(len(warnings.filters))',
  },
  { name: 'a warning of the compiler', source: 'print("\\d", 1 is 1)' },
  // -- the process --
  {
    name: 'signals as they stand',
    source:
      'import signal\nprint([(s.name, str(signal.getsignal(s))[:28]) for s in sorted(signal.valid_signals()) if hasattr(s, "name")])\nprint(signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.getitimer(signal.ITIMER_REAL), signal.set_wakeup_fd(-1))',
  },
  {
    name: 'a signal to itself',
    source: 'import os, signal\nprint("a", flush=True)\nos.kill(os.getpid(), signal.SIGTERM)',
  },
  {
    name: 'a signal that is handled',
    source:
      'import os, signal\nsignal.signal(signal.SIGUSR1, lambda *a: print("got", a[0]))\nos.kill(os.getpid(), signal.SIGUSR1)\nprint("on")',
  },
  {
    name: 'an alarm',
    source:
      'import signal, time\nsignal.signal(signal.SIGALRM, lambda *a: print("ring"))\nsignal.setitimer(signal.ITIMER_REAL, 0.02)\ntime.sleep(0.05)\nprint("on")',
  },
  {
    name: 'a broken pipe',
    source:
      'import os\nr, w = os.pipe()\nos.close(r)\ntry: os.write(w, b"x")\nexcept BrokenPipeError: print("broken")',
  },
  { name: 'abort', source: 'import os\nprint("a", flush=True)\nos.abort()' },
  {
    name: 'umask and cwd',
    source:
      'import os\nprint(oct(os.umask(0o22)), os.path.isabs(os.getcwd()), os.getcwd() == os.path.realpath(os.getcwd()))',
  },
  {
    name: 'open descriptors',
    source: 'import os\nprint([fd for fd in range(64) if os.path.exists("/proc/self/fd/%d" % fd)])',
  },
  { name: 'the next descriptor', source: 'print(open("x", "w").fileno())' },
  {
    name: 'session and group',
    source: 'import os\nprint(os.getpid() == os.getsid(0) == os.getpgrp())',
  },
  {
    name: 'its name in /proc',
    source: 'print(open("/proc/self/comm").read().strip().startswith("python3"))',
  },
  {
    name: 'environment variables of the interpreter',
    source:
      'import os\nprint(sorted(k for k in os.environ if k.startswith("PYTHON")), os.environ.get("PATH") is not None)',
  },
  { name: 'nice and scheduling', source: 'import os\nprint(os.nice(0), os.sched_getscheduler(0))' },
  {
    name: 'stack and core limits',
    differs: 'the stack is larger, for deep recursions',
    source:
      'import resource as r\nprint(r.getrlimit(r.RLIMIT_STACK)[0], r.getrlimit(r.RLIMIT_CORE))',
  },
  // -- the source --
  { name: 'a syntax error', source: 'print("never")\nif True print(1)' },
  { name: 'an error of indentation', source: 'def f():\nprint(1)' },
  { name: 'a byte order mark', source: '\ufeffprint("bom")' },
  { name: 'CRLF', source: 'x = """a\r\nb"""\r\nif x:\r\n    print(repr(x))\r\n' },
  { name: 'a lone CR', source: 'print(1)\rprint(2)\r' },
  { name: 'an encoding cookie', source: '# -*- coding: latin-1 -*-\nprint("é")' },
  { name: 'an unknown encoding', source: '# coding: nothing\nprint(1)' },
  {
    name: 'NUL in the source',
    differs: 'refused as Python 3.12 does, instead of read up to there',
    source: 'print(1)\0print(2)',
  },
  { name: 'only a comment', source: '# nothing' },
  { name: 'a form feed and tabs', source: '\f\nif 1:\n\tprint(1)\n\tprint(2)' },
  { name: 'no newline at the end of a block', source: 'if 1:\n    print(1)\n    # end' },
  { name: 'identifiers beyond ASCII', source: 'é = 1\nﬁ = 2\nprint(é, fi)' },
  { name: 'a line continued at the end', source: 'print(1)\n\\' },
  { name: 'debug and assert', source: 'print(__debug__)\nassert False, "x"' },
  { name: 'return outside a function', source: 'print(1)\nreturn' },
  { name: 'await at the top', source: 'await x' },
  { name: 'deeply nested', source: `print(${'('.repeat(150)}1${')'.repeat(150)})` },
  { name: 'too deeply nested', source: '['.repeat(3000) },
  // -- the usual libraries --
  {
    name: 'numpy',
    source:
      'import numpy as np\nprint(np.arange(6).reshape(2, 3).sum(axis=0), np.random.RandomState(0).rand())',
  },
  {
    name: 'libraries that are warm in a fork server',
    source:
      'import bisect, collections, fractions, functools, heapq, itertools, math, operator, re, string, statistics, typing, copy, array, queue\nprint(math.gcd(12, 18), heapq.nsmallest(2, [3, 1, 2]), collections.Counter("aab").most_common(), re.findall("a+", "aab"), functools.lru_cache(None)(abs)(-3), fractions.Fraction(1, 3))',
  },
  {
    name: 'a module beside it',
    source: 'open("helper.py", "w").write("x = 5")\nimport helper\nprint(helper.x)',
  },
  {
    name: 'a module that shadows a warm one',
    differs: 'common modules are loaded already',
    source:
      'open("heapq.py", "w").write("x = 5")\nimport sys\nprint("heapq" in sys.modules or "free")\nimport this',
  },
  { name: 'a module that is missing', source: 'print("a")\nimport there_is_no_such_module' },
  {
    name: 'help and pydoc',
    source: 'import pydoc\nprint(pydoc.plain(pydoc.render_doc(len))[:40])',
  },
  {
    name: 'cmath, complex and long integers',
    source:
      'import sys\nprint(10**50, sys.maxsize, sys.get_int_max_str_digits())\nprint(int("9" * 5000))',
  },
];
