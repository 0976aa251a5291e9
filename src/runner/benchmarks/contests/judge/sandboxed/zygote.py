"""The warm interpreter of the judge: becomes every program that is judged, by a fork, and waits for it.

It runs as `python3 main.py`, as programs do, and knows nothing that a program may not know: no input, no other program
(a child itself reads what it is to become), no way to the host. What it has is root's right to become another user.
One program runs at a time. `python3` of 3.6 and later.
"""
import sys

# What programs usually import, so that they find it loaded.
WARM = (
    'array bisect cmath collections copy dataclasses datetime decimal enum fractions functools heapq inspect io '
    'itertools json linecache math numbers operator queue random re statistics string struct textwrap threading time '
    'tokenize traceback types typing warnings').split()
for name in WARM:
    try:
        __import__(name)
    except ImportError:
        pass  # Not in this version.

import atexit
import ctypes
import gc
import io
import mmap
import os
import resource
import signal
import socket
import stat
import struct
import threading
import time
import traceback
import types

CHANNEL = 3
FOLDERS = ('/tmp', '/dev/shm')
HOME = '/tmp'
PROGRAM = 'main.py'
# What stays when a user's files are removed.
KEPT = {PROGRAM}
# Descriptors of a program's parent lie below.
TOP = 64
JOB = struct.Struct('<BIIQQI')
USED = struct.Struct('<iQQQ2s')
SINGLE, SEVERAL, FILES = 1, 2, 3
# What the shared page says, by place: the program ran to its end; it could be compiled.
ENDED, COMPILED = 0, 1
NUL = b'\0'
EMPTY = bytes(mmap.PAGESIZE)
THREAD_STACK = 8 * 1024 * 1024
PR_SET_CHILD_SUBREAPER = 36
libc = ctypes.CDLL(None)


def receive(channel, limit):
    """A message and the descriptors that came with it."""
    space = socket.CMSG_SPACE(limit * 4)
    data, ancillary, _, _ = channel.recvmsg(65536, space)
    for level, kind, packed in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            return data, struct.unpack('<%di' % (len(packed) // 4), packed)
    return data, ()


def used(status, usage, started, page):
    cpu = int((usage.ru_utime + usage.ru_stime) * 1000000)
    wall = int((time.monotonic() - started) * 1000000)
    return USED.pack(status, cpu, wall, usage.ru_maxrss * 1024, page[:2])


def user_processes(uid):
    """Every living process of a user."""
    found = []
    for entry in os.listdir('/proc'):
        try:
            if entry.isdigit():
                # The owner of the folder is root where a process may not be looked into.
                with open('/proc/%s/status' % entry) as file:
                    text = file.read()
                if '\nUid:\t%d\t' % uid in text and 'State:\tZ' not in text:
                    found.append(int(entry))
        except OSError:
            continue
    return found


def as_user(uid, work):
    """Does something in a process of that user; whether it came to its end."""
    pid = os.fork()
    if pid == 0:
        try:
            become_user(uid)
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def become_user(uid):
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def end_user(uid):
    """Kills all that a user runs. Whoever kills back may need a few goes: one that wins is enough."""
    for _ in range(1000):
        as_user(uid, lambda: os.kill(-1, signal.SIGKILL))
        if reap() or not user_processes(uid):
            break
    while not reap():
        time.sleep(0.001)


def reap():
    """Whether nobody is left to wait for."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return False
    except ChildProcessError:
        return True


def times_of_folders():
    return [os.stat(folder).st_mtime_ns for folder in FOLDERS]


def wipe():
    """Removes what this user left, however deep it lies: folders are made flat until they are empty."""
    for folder in FOLDERS:
        os.chdir(folder)
        number = 0
        for _ in range(100000):
            names = [name for name in os.listdir('.') if name not in KEPT]
            if not names:
                break
            for name in names:
                try:
                    os.unlink(name)
                    continue
                except IsADirectoryError:
                    pass
                except OSError:
                    return
                os.chmod(name, 0o700)
                for inner in os.listdir(name):
                    number += 1
                    os.rename(name + '/' + inner, '.benchyard-%d' % number)
                os.rmdir(name)


def write_program(source):
    fd = os.open(HOME + '/' + PROGRAM, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.write(fd, source)
    os.close(fd)


def compiled(source):
    """The program, or None with the compiler's words on stderr."""
    try:
        return compile(source, HOME + '/' + PROGRAM, 'exec', dont_inherit=True)
    except BaseException as error:
        error.__traceback__ = None
        traceback.print_exception(type(error), error, None)
        sys.stderr.flush()
        return None


def take_stdio(descriptors):
    for number, fd in enumerate(descriptors):
        os.dup2(fd, number)
    os.closerange(3, TOP)


def limit_program(cpu, output):
    set_limit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    set_limit(resource.RLIMIT_FSIZE, (output, output))


def limit_user(space, processes):
    set_limit(resource.RLIMIT_AS, (space, space))
    set_limit(resource.RLIMIT_NPROC, (processes, processes))


def set_limit(which, values):
    try:
        resource.setrlimit(which, values)
    except (ValueError, OSError):
        # The sandbox's own is lower.
        highest = resource.getrlimit(which)[1]
        resource.setrlimit(which, (min(values[0], highest), highest))


def prefer_for_memory():
    """Where memory runs out the kernel takes the program, not the judge."""
    try:
        fd = os.open('/proc/self/oom_score_adj', os.O_WRONLY)
        os.write(fd, b'1000')
        os.close(fd)
    except OSError:
        pass


def read_all(fd):
    return os.pread(fd, os.fstat(fd).st_size, 0)


def child(channel, page):
    """What a fork of the zygote does. Returns the code of the program that this process is to become."""
    data, fds = receive(channel, 8)
    channel.detach()
    mode, uid, cpu, space, output, processes = JOB.unpack_from(data)
    source = read_all(fds[0])
    write_program(b'' if mode in TOOLCHAINS else source)
    if mode not in TOOLCHAINS:
        prefer_for_memory()
    if mode == SINGLE:
        take_stdio(fds[1:])
        os.setsid()
        become_user(uid)
        limit_user(space, processes)
        limit_program(cpu, output)
        code = compiled(source)
        if code is None:
            os._exit(0)
        page[COMPILED:COMPILED + 1] = b'\1'
        return code
    names = data[JOB.size:].split(NUL) if mode != SEVERAL and len(data) > JOB.size else None
    control = socket.socket(fileno=os.dup2(fds[1], CHANNEL, inheritable=False))
    os.closerange(CHANNEL + 1, TOP)
    if mode in TOOLCHAINS:
        parent_of_compiled(control, page, (mode, uid, cpu, space, output, processes), source, names)
    become_user(uid)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    limit_user(space, processes + 1)
    code = compile_for(control, source)
    page[COMPILED:COMPILED + 1] = b'\1'
    # Everything that only several inputs need lies in a function that returns in the program's process.
    try:
        parent_of_many(control, page, (cpu, output, names))
    except OSError:
        os._exit(0)  # Nobody listens any more.
    return code


def compile_for(control, source):
    """As compiled(), with the compiler's words told to the supervisor."""
    words = io.StringIO()
    plain, sys.stderr = sys.stderr, words
    code = compiled(source)
    sys.stderr = plain
    if code is None:
        control.send(b's' + words.getvalue().encode('utf-8', 'replace')[-60000:])
        os._exit(0)
    return code


def parent_of_many(control, page, limits):
    """Forks a process for each input, and returns in it."""
    cpu, output, names = limits
    os.umask(0o022)
    before = times_of_folders()
    gc.freeze()
    while True:
        data, fds = receive(control, 8)
        if not data:
            os._exit(0)
        page[ENDED:ENDED + 1] = NUL
        if names and names[0]:
            copy_in(fds[0], names[0])
        started = time.monotonic()
        pid = os.fork()
        if pid == 0:
            take_stdio(fds[:3])
            control.detach()
            os.setsid()
            limit_program(cpu, output)
            return
        _, status, usage = os.wait4(pid, 0)
        report = used(status, usage, started, page)
        if not reap():
            os.kill(-1, signal.SIGKILL)
            while not reap():
                time.sleep(0.0005)
        if names and names[1]:
            copy_out(names[1], fds[3], output)
        for fd in fds:
            os.close(fd)
        if times_of_folders() != before:
            wipe()
            os.chdir(HOME)
            before = times_of_folders()
        control.send(b'r' + report)


def copy_in(source, name):
    fd = os.open(os.path.join(HOME.encode(), name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    copy(source, fd)
    os.close(fd)
    os.lseek(source, 0, 0)


def copy_out(name, target, limit):
    """What a program wrote to a file, where it is one; a mark of a byte before it tells it from none."""
    try:
        fd = os.open(os.path.join(HOME.encode(), name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode):
            os.write(target, NUL)
            copy(fd, target, limit)
    finally:
        os.close(fd)


def copy(source, target, limit=1 << 40):
    while limit > 0:
        data = os.read(source, min(65536, limit))
        if not data:
            return
        limit -= len(data)
        while data:
            data = data[os.write(target, data):]


def serve(channel, page):
    """Waits for programs. Returns in the process that is to become one, with its code."""
    channel.send(b'ready')
    before = times_of_folders()
    while True:
        # Only looked at, and no further than its head: the child itself takes the message.
        head = channel.recv(JOB.size, socket.MSG_PEEK)
        if not head:
            os._exit(0)
        page[:] = EMPTY
        started = time.monotonic()
        pid = os.fork()
        if pid == 0:
            return child(channel, page)
        _, status, usage = os.wait4(pid, 0)
        report = used(status, usage, started, page)
        uid = JOB.unpack(head)[1]
        if not reap():
            end_user(uid)
        if times_of_folders() != before:
            as_user(uid, wipe)
            for folder in FOLDERS:
                touch(folder)
            before = times_of_folders()
        channel.send(report)


def touch(folder):
    """Its times are not for the next program to read."""
    try:
        os.utime(folder)
    except OSError:
        pass


def fresh_main():
    """What a program's `__main__` is at its start."""
    own = sys.modules['__main__'].__dict__
    module = types.ModuleType('__main__')
    for name in ('__package__', '__loader__', '__spec__', '__annotations__', '__builtins__', '__file__', '__cached__'):
        if name in own:
            module.__dict__[name] = {} if name == '__annotations__' else own[name]
    return module


def start():
    """Everything before the program: returns its code and the names it runs in, and what says that it ended."""
    os.environ.pop('PYTHONHASHSEED', None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # The large stack is for deep recursion in the main thread; threads get what they usually have.
    attributes = ctypes.create_string_buffer(256)
    libc.pthread_attr_init(attributes)
    libc.pthread_attr_setstacksize(attributes, ctypes.c_size_t(THREAD_STACK))
    libc.pthread_setattr_default_np(attributes)
    channel = socket.socket(fileno=CHANNEL)
    page = mmap.mmap(-1, mmap.PAGESIZE)
    # Once, so that no program pays for what is done only the first time.
    exec(compile('try: 1 / 0\nexcept ZeroDivisionError: pass', 'warm', 'exec'), {})
    gc.collect()
    gc.freeze()
    code = serve(channel, page)
    # Only now: what is frozen would not be collected at the end, and neither would what it holds.
    module = sys.modules['__main__'] = fresh_main()
    return [page.write_byte], [code], [module.__dict__]


def exit_status(error):
    """What the interpreter makes of a SystemExit."""
    flush_output()
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        try:
            return struct.unpack('<i', struct.pack('<q', code)[:4])[0] & 255
        except struct.error:
            return 255
    try:
        sys.stderr.write('%s\n' % (code,) if not isinstance(code, tuple) else str(code) + '\n')
    except BaseException:
        pass
    return 1


def report(error):
    """As the interpreter tells of an exception that nobody caught."""
    flush_output()
    trace = error.__traceback__ and error.__traceback__.tb_next
    error.__traceback__ = trace
    kind = type(error)
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace
    try:
        sys.excepthook(kind, error, trace)
    except SystemExit as exit:
        return exit_status(exit)
    except BaseException:
        try:
            traceback.print_exc()
        except BaseException:
            pass
    return -signal.SIGINT if issubclass(kind, KeyboardInterrupt) else 1


def flush_output():
    """What the interpreter does right after the program, before it looks at how it ended."""
    for stream in (sys.stderr, sys.stdout):
        try:
            stream.flush()
        except BaseException:
            pass


def flush(status):
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not getattr(stream, 'closed', False):
                stream.flush()
        except BaseException:
            status = 120
    return status


def leave(status):
    """The interpreter's end, less what only frees memory: threads, atexit, what is buffered, finalizers."""
    flush_output()
    try:
        threading._shutdown()
    except BaseException:
        traceback.print_exc()
    try:
        atexit._run_exitfuncs()
    except BaseException:
        pass
    status = flush(status)
    sys.last_type = sys.last_value = sys.last_traceback = None
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__
    sys.modules.pop('__main__', None)
    gc.collect()
    flush(0)
    if status == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(status)


MARK, CODE, NAMES = start()
ENDS = {None: 1}
STATUS = 0
try:
    # Whoever looks down the stack finds empty lists: what says that a program ended is nowhere but on the stack itself.
    MARK.pop()(ENDS[exec(CODE.pop(), NAMES.pop())])
except SystemExit as error:
    STATUS = exit_status(error)
except BaseException as error:
    STATUS = report(error)
leave(STATUS)
