"""The judge's supervisor: takes programs and inputs from the host, has the zygote run them, and tells what became of each.

It runs as the sandbox's root, whose processes no program may look into, and never becomes a program itself. Inputs are
kept as sealed files in memory; a program gets a description of its own of the one that it is to read, and empty files to
print to. `python3` of 3.6 and later.

Frames, in both directions: a little-endian 32-bit length, then a byte that says what it is, then the rest.
"""
import collections
import ctypes
import fcntl
import os
import random
import resource
import select
import signal
import socket
import struct
import sys
import time

HOME = '/tmp'
OOM_COUNTERS = ('/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control')
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
STACK = 256 * 1024 * 1024
# The seed of str hashes: the same in every program, so that a verdict can be had again.
HASH_SEED = '20220208'
# Address space beyond the limit on memory: libraries, stacks and arenas that are never touched.
SLACK = 512 * 1024 * 1024
STDERR_KEPT = 8192
# Compilers have limits of their own; this is for one that does not die of them.
COMPILER_PATIENCE_S = COMPILE_LIMITS['wallS'] + 20
# Programs that the zygote holds, and inputs that a program's parent holds: so many that none of them waits for us.
AHEAD = 2
INPUTS_AHEAD = 4
# Results are gathered for a moment, since each piece that the host gets costs it more than a result does.
GATHER_S = 0.015
GATHER_BYTES = 48 * 1024
BACKLOG = 4 * 1024 * 1024
WAITING = 256
# How soon after the last time a program that is not wanted any more is killed again.
STOP_S = 0.02

LENGTH = struct.Struct('<I')
LOAD = struct.Struct('<II')
RUN = struct.Struct('<IIIBIQQQIHH')
RESULT = struct.Struct('<cIIBiQQQBIIi')
JOB = struct.Struct('<BIIQQI')
USED = struct.Struct('<iQQQ2s')
SINGLE, SEVERAL, FILES = 1, 2, 3
EXITED, SIGNALLED, CPU, WALL, MEMORY, OUTPUT = range(6)
NO, YES, UNKNOWN = range(3)
SEALS = 0x1 | 0x2 | 0x4 | 0x8  # F_SEAL_SEAL, _SHRINK, _GROW, _WRITE
F_ADD_SEALS = 1033


LIBC = ctypes.CDLL(None)


def memory_file(flags=1):
    """By default closed on exec, and with no seals to be put on it."""
    if hasattr(os, 'memfd_create'):
        return os.memfd_create('file', flags)
    return LIBC.memfd_create(b'file', flags)


def sealed(data):
    fd = memory_file(1 | 2)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]
    fcntl.fcntl(fd, F_ADD_SEALS, SEALS)
    return fd


def opened_again(fd):
    return os.open('/proc/self/fd/%d' % fd, os.O_RDONLY | os.O_CLOEXEC)


def heard(control):
    """What the parent of a program's processes says next, or nothing when it has ended. One that ended before it took all
    that was sent to it shows first as a connection that was reset, and only then what it said."""
    for _ in range(2):
        try:
            return control.recv(65536)
        except ConnectionResetError:
            continue
        except OSError:
            break
    return b''


def send_with(channel, data, fds):
    channel.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack('<%di' % len(fds), *fds))])


class Program:
    def __init__(self, data):
        fields = RUN.unpack_from(data)
        self.ident, self.inputs, self.first, self.language, self.cpu, self.wall, self.memory, self.output = fields[:8]
        self.processes, source_name, target_name = fields[8:]
        at = RUN.size
        self.files = None
        if source_name or target_name:
            self.files = (data[at:at + source_name], data[at + source_name:at + source_name + target_name])
        self.source = data[at + source_name + target_name:]
        self.done = self.sent = self.first
        self.total = 0
        self.stopped = False
        # It was killed at its time limit; then, that a result had come meanwhile.
        self.late = False
        self.spared = False
        self.message = None
        # How it is compiled and run; None: Python.
        self.chain = TOOLCHAINS.get(self.language)
        self.building = False
        self.uid = 0
        self.control = None
        self.under_way = collections.deque()
        # What its parent told of executions so far, in microseconds.
        self.told_cpu = self.told_wall = 0

    def since_last(self, cpu, wall):
        """What the last execution used, from what its parent and all executions did."""
        return max(0, cpu - self.told_cpu), max(0, wall - self.told_wall)
