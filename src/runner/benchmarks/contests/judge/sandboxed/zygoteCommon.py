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


# Seconds of processes that nobody had waited for, which the next report tells.
ORPHANS = [0.0]


def used(status, usage, started, page):
    cpu = int((usage.ru_utime + usage.ru_stime + ORPHANS[0]) * 1000000)
    ORPHANS[0] = 0.0
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
        while True:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
            if not pid:
                return False
            ORPHANS[0] += usage.ru_utime + usage.ru_stime
    except ChildProcessError:
        return True


def times_of_folders():
    return [os.stat(folder).st_mtime_ns for folder in FOLDERS]


def wipe():
    """Removes what this user left, however deep it lies: folders are made flat until they are empty."""
    flat = os.urandom(8).hex()
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
                    inner = name + '/' + inner
                    # A folder is moved by whoever may write to it; and no name may be taken.
                    if stat.S_ISDIR(os.lstat(inner).st_mode):
                        os.chmod(inner, 0o700)
                    os.rename(inner, '.%s-%d' % (flat, number))
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
