"""The first process of a sandbox: runs commands and file operations for the host over its stdin and stdout.

It lives beside hostile code of the same user, so it makes itself unreadable (PR_SET_DUMPABLE: nobody without
CAP_SYS_PTRACE opens /proc/1/fd or /proc/1/mem), keeps the channel's descriptors to itself and ignores every signal
that it can. As the first process of its namespace it cannot be killed from inside. Python 3.6 is enough; only the
standard library is used, and little of it, since a sandbox's start waits for these imports.

The program is these files one after another, in the order of helper/index.ts.
A frame, in both directions: two big-endian 32-bit lengths, a JSON object of the first length, bytes of the second.
"""
import sys

UNSUITABLE = 3
try:
    import ctypes
    import errno
    import fcntl
    import json
    import os
    import select
    import signal
    import struct
    import time
except ImportError as missing:
    sys.stderr.write('%s\n' % missing)
    sys.exit(UNSUITABLE)

CHUNK = 64 * 1024
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36

SELF = os.getpid()
prctl = ctypes.CDLL(None).prctl


def signal_quietly(pid, number):
    try:
        os.kill(pid, number)
    except OSError:
        pass


def close_quietly(fd):
    try:
        os.close(fd)
    except OSError:
        pass


def own_environment():
    """The environment that the helper was started with; Python itself adds to os.environ (LC_CTYPE)."""
    try:
        with open('/proc/self/environ', 'rb') as file:
            pairs = [entry.partition(b'=') for entry in file.read().split(b'\0') if b'=' in entry]
        return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}
    except OSError:
        return dict(os.environ)
