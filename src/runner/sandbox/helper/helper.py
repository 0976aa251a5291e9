"""The first process of a sandbox: runs commands and file operations for the host over its stdin and stdout.

It lives beside hostile code of the same user, so it makes itself unreadable (PR_SET_DUMPABLE: nobody without
CAP_SYS_PTRACE opens /proc/1/fd or /proc/1/mem), keeps the channel's descriptors to itself and ignores every signal
that it can. As the first process of its namespace it cannot be killed from inside. Python 3.6 is enough; only the
standard library is used, and little of it, since a sandbox's start waits for these imports.

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
# Above this much waiting output nothing more is read from commands, so a slow host slows them down.
BACKLOG = 1024 * 1024
MAX_FRAME = 16 * 1024 * 1024
# How long output is waited for after a command's end while a child of it still holds the pipe.
DRAIN_S = 0.1
# How long killing one tree may take before it is given up; the host then ends the whole sandbox.
KILL_S = 5.0
# Abandoned pipes (a background server's log) that are still read, so that their writers do not die of SIGPIPE.
MAX_SINKS = 64
# A pipe holds no more than this: what is read after the end beyond it was written after the end.
MAX_PIPE = 1024 * 1024
OOM_SCORE = b'500'
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
OOM_COUNTERS = ('/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control')

HEADER = struct.Struct('>II')
SELF = os.getpid()
prctl = ctypes.CDLL(None).prctl


def oom_counter():
    """The file in which the kernel counts what it killed for memory in this sandbox; None where there is none."""
    for path in OOM_COUNTERS:
        try:
            with open(path, 'rb') as file:
                if b'oom_kill ' in file.read():
                    return path
        except OSError:
            continue
    return None


OOM_COUNTER = oom_counter()


def oom_kills():
    """How many processes of the sandbox the kernel killed for memory so far; 0 where it does not say."""
    if OOM_COUNTER is None:
        return 0
    with open(OOM_COUNTER, 'rb') as file:
        for line in file:
            if line.startswith(b'oom_kill '):
                return int(line.split()[1])
    return 0


def processes():
    """Every living process but the helper: pid -> (parent, session, start time in ticks)."""
    found = {}
    for name in os.listdir('/proc'):
        if not name.isdigit() or int(name) == SELF:
            continue
        try:
            with open('/proc/' + name + '/stat', 'rb') as file:
                # The program's name stands in parentheses and may itself hold any byte.
                fields = file.read().rpartition(b')')[2].split()
        except OSError:
            continue
        if fields and fields[0] not in (b'Z', b'X'):
            found[int(name)] = (int(fields[1]), int(fields[3]), int(fields[19]))
    return found


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


class Output:
    """One of a command's two output pipes."""

    def __init__(self, fd, number):
        self.fd = fd
        self.number = number
        self.kept = 0
        self.dropped = 0
        self.late = 0


class Command:
    """A running command or file operation."""

    def __init__(self, ident, request):
        self.ident = ident
        self.keep = request['keep']
        self.flood = request['flood']
        self.started = time.monotonic()
        self.deadline = self.started + request['timeout_ms'] / 1000.0
        self.oom_before = oom_kills()
        self.pid = 0
        self.start_ticks = 0
        self.stdin = -1
        self.stdin_ended = False
        self.pending = bytearray()
        self.outputs = []
        self.cause = None
        self.message = None
        self.status = None
        self.ended = 0.0


class Helper:
    def __init__(self, channel_in, channel_out, environment):
        self.channel_in = channel_in
        self.channel_out = channel_out
        self.incoming = bytearray()
        self.outgoing = bytearray()
        self.commands = {}
        self.handlers = {}
        self.sinks = []
        self.paused = False
        self.keeping = False
        self.oom_claimed = 0
        self.environment = environment
        self.poller = select.poll()

    # -- the loop ---------------------------------------------------------------------------------------------------

    def run(self):
        wake_in, wake_out = os.pipe()
        for fd in (wake_in, wake_out, self.channel_in, self.channel_out):
            os.set_blocking(fd, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_out)
        self.watch(wake_in, select.POLLIN, lambda _: self.read(wake_in))
        self.watch(self.channel_in, select.POLLIN, lambda _: self.receive())
        self.send({'event': 'ready', 'protocol': 1, 'python': sys.version.split()[0], 'pid': SELF})
        while True:
            for fd, events in self.poller.poll(self.patience()):
                handler = self.handlers.get(fd)
                if handler is not None:
                    handler(events)
            self.reap()
            self.expire()
            self.settle()

    def patience(self):
        """Milliseconds until something has to be done by the clock; None when nothing has to."""
        moments = [
            c.deadline if c.status is None else c.ended + DRAIN_S
            for c in self.commands.values()
            if c.cause is None or c.status is not None
        ]
        if not moments:
            return None
        return max(0, int((min(moments) - time.monotonic()) * 1000) + 1)

    def watch(self, fd, events, handler):
        self.handlers[fd] = handler
        self.poller.register(fd, events)

    def unwatch(self, fd):
        if self.handlers.pop(fd, None) is not None:
            try:
                self.poller.unregister(fd)
            except KeyError:
                pass

    def read(self, fd):
        """Bytes, b'' at the end, None when there is nothing now."""
        try:
            return os.read(fd, CHUNK)
        except BlockingIOError:
            return None
        except OSError:
            return b''

    # -- the channel ------------------------------------------------------------------------------------------------

    def send(self, header, payload=b''):
        encoded = json.dumps(header).encode('ascii')
        self.outgoing += HEADER.pack(len(encoded), len(payload)) + encoded + payload
        self.flush()

    def flush(self):
        while self.outgoing:
            try:
                written = os.write(self.channel_out, self.outgoing[:CHUNK])
            except BlockingIOError:
                break
            except OSError:
                self.host_is_gone()
                return
            del self.outgoing[:written]
        if self.outgoing:
            self.watch(self.channel_out, select.POLLOUT, lambda _: self.flush())
        else:
            self.unwatch(self.channel_out)
        self.pause(len(self.outgoing) > BACKLOG)

    def pause(self, paused):
        if paused == self.paused:
            return
        self.paused = paused
        for command in self.commands.values():
            for output in command.outputs:
                if output.fd >= 0:
                    self.poller.modify(output.fd, 0 if paused else select.POLLIN)

    def host_is_gone(self):
        """Nobody is left to work for: take everything down, unless a person asked to keep the sandbox."""
        if self.keeping:
            self.outgoing.clear()
            self.unwatch(self.channel_in)
            self.unwatch(self.channel_out)
            for command in list(self.commands.values()):
                self.kill(command, 'cancelled')
            return
        for command in list(self.commands.values()):
            self.kill_tree(command)
        os._exit(0)

    def receive(self):
        data = self.read(self.channel_in)
        if data is None:
            return
        if not data:
            self.host_is_gone()
            return
        self.incoming += data
        while len(self.incoming) >= HEADER.size:
            header_size, payload_size = HEADER.unpack_from(self.incoming)
            if header_size + payload_size > MAX_FRAME:
                raise ValueError('frame too large')
            end = HEADER.size + header_size + payload_size
            if len(self.incoming) < end:
                return
            middle = HEADER.size + header_size
            header = json.loads(self.incoming[HEADER.size:middle].decode('utf-8'))
            payload = bytes(self.incoming[middle:end])
            del self.incoming[:end]
            self.dispatch(header, payload)

    def dispatch(self, request, payload):
        operation = request['op']
        if operation == 'run':
            self.start(request, payload)
        elif operation == 'keep':
            self.keeping = True
            self.send({'event': 'kept', 'id': request['id']})
        else:
            command = self.commands.get(request['id'])
            if command is None:
                return
            if operation == 'stdin':
                self.feed(command, payload, request['eof'])
            elif operation == 'cancel':
                self.kill(command, 'cancelled')

    # -- starting ---------------------------------------------------------------------------------------------------

    def start(self, request, payload):
        command = Command(request['id'], request)
        if not self.commands:
            self.oom_claimed = command.oom_before
        self.commands[command.ident] = command
        pipes = []
        try:
            for _ in range(3):
                pipes.append(os.pipe())
            command.pid = os.fork()
        except OSError as error:
            for pipe in pipes:
                close_quietly(pipe[0])
                close_quietly(pipe[1])
            del self.commands[command.ident]
            reason = 'cannot start a process in the sandbox: ' + os.strerror(error.errno)
            self.send_end(command, 'exited', code=126, message=reason)
            return
        (stdin_read, stdin_write), (out_read, out_write), (err_read, err_write) = pipes
        if command.pid == 0:
            become(request, (stdin_read, out_write, err_write), self.top(pipes), self.environment)
        for fd in (stdin_read, out_write, err_write):
            os.close(fd)
        command.start_ticks = ticks_of(command.pid)
        for fd, number in ((out_read, 1), (err_read, 2)):
            os.set_blocking(fd, False)
            self.open_output(command, Output(fd, number))
        command.stdin = stdin_write
        os.set_blocking(stdin_write, False)
        self.feed(command, payload, request['eof'])

    def top(self, pipes):
        """One more than the highest open descriptor."""
        stdins = [c.stdin for c in self.commands.values()]
        return 1 + max([*self.handlers, *stdins, *(fd for pipe in pipes for fd in pipe)])

    def open_output(self, command, output):
        command.outputs.append(output)
        self.watch(output.fd, select.POLLIN, lambda _: self.take(command, output))
        if self.paused:
            self.poller.modify(output.fd, 0)

    # -- input and output -------------------------------------------------------------------------------------------

    def feed(self, command, payload, ended):
        command.pending += payload
        command.stdin_ended = command.stdin_ended or ended
        self.push(command)

    def push(self, command):
        taken = 0
        while command.pending:
            if command.stdin < 0:
                taken += len(command.pending)
                command.pending.clear()
                break
            try:
                written = os.write(command.stdin, command.pending[:CHUNK])
            except BlockingIOError:
                break
            except OSError:
                self.close_stdin(command)  # It does not read any more: what it was to get is dropped.
                continue
            del command.pending[:written]
            taken += written
        if taken:
            self.send({'event': 'taken', 'id': command.ident, 'bytes': taken})
        if command.stdin < 0:
            return
        if command.pending:
            self.watch(command.stdin, select.POLLOUT, lambda _: self.push(command))
        elif command.stdin_ended:
            self.close_stdin(command)
        else:
            self.unwatch(command.stdin)

    def close_stdin(self, command):
        if command.stdin >= 0:
            self.unwatch(command.stdin)
            os.close(command.stdin)
            command.stdin = -1

    def take(self, command, output):
        """Passes on what is in a pipe; False when there is nothing (more) to pass on now."""
        data = self.read(output.fd)
        if data is None:
            return False
        if not data:
            self.close_output(output)
            return False
        part = data[: max(0, command.keep - output.kept)]
        output.kept += len(part)
        output.dropped += len(data) - len(part)
        if command.status is not None:
            output.late += len(data)
        if part:
            self.send({'event': 'output', 'id': command.ident, 'fd': output.number}, part)
        if command.cause is None and sum(o.kept + o.dropped for o in command.outputs) > command.flood:
            self.kill(command, 'output_limit')
        return True

    def close_output(self, output):
        if output.fd >= 0:
            self.unwatch(output.fd)
            os.close(output.fd)
            output.fd = -1

    def sink(self, output):
        """Keeps an abandoned pipe open and empty."""
        fd, output.fd = output.fd, -1
        self.sinks.append(fd)
        self.unwatch(fd)
        self.watch(fd, select.POLLIN, lambda _: self.read(fd) == b'' and self.close_sink(fd))
        if len(self.sinks) > MAX_SINKS:
            self.close_sink(self.sinks[0])

    def close_sink(self, fd):
        self.sinks.remove(fd)
        self.unwatch(fd)
        os.close(fd)

    # -- ending -----------------------------------------------------------------------------------------------------

    def reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for command in self.commands.values():
                if command.pid == pid:
                    command.status = status
                    command.ended = time.monotonic()

    def expire(self):
        now = time.monotonic()
        for command in list(self.commands.values()):
            if command.status is None and command.cause is None and now >= command.deadline:
                self.kill(command, 'timeout')

    def settle(self):
        """Reports commands that ended, once their output has been passed on."""
        for command in list(self.commands.values()):
            if command.status is None or self.paused:
                continue
            for output in command.outputs:
                while output.fd >= 0 and output.late < MAX_PIPE and not self.paused:
                    if not self.take(command, output):
                        break
            if self.paused:
                continue
            if all(o.fd < 0 for o in command.outputs) or time.monotonic() >= command.ended + DRAIN_S:
                self.finish(command)

    def finish(self, command):
        del self.commands[command.ident]
        self.close_stdin(command)
        for output in command.outputs:
            if output.fd >= 0:
                self.sink(output)
        signalled = os.WIFSIGNALED(command.status)
        number = os.WTERMSIG(command.status) if signalled else 0
        cause = command.cause
        if cause is None and self.died_of_memory(command, number == signal.SIGKILL):
            cause = 'oom'
        if cause is None:
            cause = 'signalled' if signalled else 'exited'
        code = os.WEXITSTATUS(command.status) if cause == 'exited' else None
        self.send_end(command, cause, code=code, number=number)

    def died_of_memory(self, command, killed):
        """
        Whether the kernel killed a process of this command for memory, be it a grandchild. The counter is the whole
        sandbox's: with several commands at a time a kill is put down to one that died of SIGKILL.
        """
        total = oom_kills()
        if total <= max(self.oom_claimed, command.oom_before):
            return False
        if not killed and self.commands:
            return False
        self.oom_claimed = self.oom_claimed + 1 if self.commands else total
        return True

    def send_end(self, command, cause, code=None, number=0, message=None):
        name = None
        if number:
            try:
                name = signal.Signals(number).name
            except ValueError:
                name = 'SIG%d' % number
        self.send({
            'event': 'end',
            'id': command.ident,
            'cause': cause,
            'code': code,
            'signal': name,
            'dropped': [sum(o.dropped for o in command.outputs if o.number == n) for n in (1, 2)],
            'ms': (time.monotonic() - command.started) * 1000,
            'message': message,
        })

    # -- killing ----------------------------------------------------------------------------------------------------

    def kill(self, command, cause):
        if command.cause is None:
            command.cause = cause
        self.kill_tree(command)

    def tree(self, command):
        """
        Processes of a command: its descendants, and orphans (which the kernel hands to the helper) that are younger
        than it and not of another running command's session, with their descendants.
        """
        found = processes()
        others = {c.pid for c in self.commands.values() if c is not command}
        children = {}
        for pid, (parent, _, _) in found.items():
            children.setdefault(parent, []).append(pid)
        waiting = [
            pid
            for pid in children.get(SELF, ())
            if pid == command.pid
            or (
                pid not in others
                and found[pid][1] not in others
                and found[pid][2] >= command.start_ticks
            )
        ]
        members = set()
        while waiting:
            pid = waiting.pop()
            if pid not in members:
                members.add(pid)
                waiting.extend(children.get(pid, ()))
        return members

    def kill_tree(self, command):
        """Stops every process first, so that none can start another while the killing goes on."""
        limit = time.monotonic() + KILL_S
        if SELF == 1:
            # One call stops the whole namespace at once: a fork bomb would not let many calls through.
            signal_quietly(-1, signal.SIGSTOP)
        else:
            self.stop_tree(command, limit)
        while time.monotonic() < limit:
            members = self.tree(command)
            if not members:
                break
            for pid in members:
                signal_quietly(pid, signal.SIGKILL)
            time.sleep(0.001)
            self.reap()
        if SELF == 1:
            signal_quietly(-1, signal.SIGCONT)

    def stop_tree(self, command, limit):
        stopped = set()
        while time.monotonic() < limit:
            fresh = self.tree(command) - stopped
            if not fresh:
                return
            for pid in fresh:
                signal_quietly(pid, signal.SIGSTOP)
            stopped |= fresh


def own_environment():
    """The environment that the helper was started with; Python itself adds to os.environ (LC_CTYPE)."""
    try:
        with open('/proc/self/environ', 'rb') as file:
            pairs = [entry.partition(b'=') for entry in file.read().split(b'\0') if b'=' in entry]
        return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}
    except OSError:
        return dict(os.environ)


def ticks_of(pid):
    try:
        with open('/proc/%d/stat' % pid, 'rb') as file:
            return int(file.read().rpartition(b')')[2].split()[19])
    except (OSError, IndexError):
        return 0


# -- in the child ---------------------------------------------------------------------------------------------------


def become(request, descriptors, top, environment):
    """Turns the forked child into the program (or file operation) that was asked for. Does not return."""
    code = 126
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        # Python ignores these two, and what is ignored stays so in a new program.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        for target, fd in enumerate(descriptors):
            os.dup2(fd, target, inheritable=True)
        os.closerange(3, top)
        if request.get('file') is not None:
            code = operate(request)
        else:
            # Only now, with the channel closed: the kernel lets nobody write the score of an unreadable process.
            prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
            raise_oom_score()
            code = execute(request, environment)
    except BaseException as error:  # Whatever it was, the child must not go on as a second helper.
        os.write(2, ('%s: %s\n' % (type(error).__name__, error)).encode('utf-8', 'replace'))
    finally:
        os._exit(code)


def raise_oom_score():
    try:
        fd = os.open('/proc/self/oom_score_adj', os.O_WRONLY)
        os.write(fd, OOM_SCORE)
        os.close(fd)
    except OSError:
        pass


def execute(request, environment):
    argv = request['argv']
    merged = dict(environment)
    merged.update(request['env'])
    try:
        os.chdir(request['cwd'])
    except OSError as error:
        complain('cannot enter ' + request['cwd'], error)
        return 126
    merged['PWD'] = request['cwd']
    try:
        os.execvpe(argv[0], argv, merged)
    except OSError as error:
        complain('cannot run ' + argv[0], error)
        return 127 if error.errno in (errno.ENOENT, errno.ENOTDIR) else 126


def complain(what, error):
    os.write(2, ('benchyard: %s: %s\n' % (what, os.strerror(error.errno))).encode('utf-8', 'replace'))


def operate(request):
    """A file operation: bytes through stdin or stdout, what went wrong as JSON on stderr."""
    try:
        FILE_OPERATIONS[request['file']](request)
        return 0
    except Refused as refusal:
        problem = {'kind': refusal.kind, 'message': str(refusal)}
    except OSError as error:
        kinds = {errno.ENOENT: 'missing', errno.ENOTDIR: 'missing', errno.ENOSPC: 'full', errno.EDQUOT: 'full'}
        problem = {'kind': kinds.get(error.errno, 'refused'), 'message': os.strerror(error.errno or errno.EIO)}
    except Exception as error:  # A broken archive, for example.
        problem = {'kind': 'refused', 'message': '%s: %s' % (type(error).__name__, error)}
    os.write(2, json.dumps(problem).encode('ascii'))
    return 1


class Refused(Exception):
    def __init__(self, kind, message):
        Exception.__init__(self, message)
        self.kind = kind


def write_all(fd, data):
    view = memoryview(data)
    while len(view):
        view = view[os.write(fd, view):]


def open_regular(path, dir_fd=None):
    """Opens a regular file for reading. Neither follows a symlink at its end nor waits for a FIFO's writer."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY, dir_fd=dir_fd)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Refused('refused', 'is a symbolic link')
        raise
    status = os.fstat(fd)
    if status.st_mode & 0o170000 != 0o100000:
        os.close(fd)
        raise Refused('refused', 'is not a regular file')
    return fd, status


def read_file(request):
    fd, status = open_regular(request['path'])
    limit = request['limit']
    if status.st_size > limit:
        raise Refused('too-large', 'has %d bytes, more than the %d allowed' % (status.st_size, limit))
    total = 0
    while True:
        data = os.read(fd, CHUNK)
        if not data:
            return
        total += len(data)
        if total > limit:
            raise Refused('too-large', 'has more than the %d bytes allowed' % limit)
        write_all(1, data)


def write_file(request):
    path = request['path']
    os.makedirs(os.path.dirname(path) or '/', exist_ok=True)
    try:
        kind = os.lstat(path).st_mode & 0o170000
        if kind not in (0o100000, 0o040000):
            os.unlink(path)  # A link or a FIFO is replaced, not written through.
    except FileNotFoundError:
        pass
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK
    fd = os.open(path, flags, 0o644)
    while True:
        data = os.read(0, CHUNK)
        if not data:
            break
        write_all(fd, data)
    os.close(fd)


def unpack(request):
    import tarfile

    base = request['path']
    os.makedirs(base, exist_ok=True)
    with os.fdopen(0, 'rb', CHUNK) as source, tarfile.open(fileobj=source, mode='r|') as archive:
        # Members are judged here; newer Pythons would also refuse links that lead nowhere in the archive.
        archive.extraction_filter = lambda member, _: member
        folders = []
        for member in archive:
            parts = [part for part in member.name.split('/') if part not in ('', '.')]
            if member.name.startswith('/') or '..' in parts:
                raise Refused('refused', 'the archive names a place outside: ' + member.name)
            if not (member.isfile() or member.isdir() or member.issym() or member.islnk()):
                raise Refused('refused', 'the archive holds a device or FIFO: ' + member.name)
            if not parts:
                continue
            member.name = '/'.join(parts)
            member.uid, member.gid, member.uname, member.gname = os.geteuid(), os.getegid(), '', ''
            member.mode &= 0o777
            if member.isdir():
                folders.append((member.name, member.mode))
                member.mode |= 0o700  # Its content comes next.
            archive.extract(member, base, set_attrs=True, numeric_owner=True)
    for name, mode in reversed(folders):
        os.chmod(os.path.join(base, name), mode)


def pack(request):
    import tarfile

    limit = request['limit']
    base = os.open(request['path'], os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    total = 0
    with os.fdopen(1, 'wb', CHUNK) as target:
        with tarfile.open(fileobj=target, mode='w|', format=tarfile.GNU_FORMAT) as archive:
            # Folders are walked by descriptor: a folder that becomes a link meanwhile is not followed.
            for folder, folders, files, folder_fd in os.fwalk('.', dir_fd=base):
                for name in sorted(folders + files):
                    entry = tar_entry(folder, name, folder_fd)
                    if entry is None:
                        continue
                    total += 512 + (entry.size + 511) // 512 * 512
                    if total > limit:
                        raise Refused('too-large', 'holds more than the %d bytes allowed' % limit)
                    pack_entry(archive, entry, name, folder_fd)


def tar_entry(folder, name, folder_fd):
    """What is written of a folder's entry; None for what is left out."""
    import tarfile

    if '\\' in name:
        return None  # On Windows it would be a path.
    try:
        status = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
    except OSError:
        return None
    entry = tarfile.TarInfo(os.path.normpath(os.path.join(folder, name)))
    entry.mode, entry.mtime = status.st_mode & 0o755, int(status.st_mtime)
    kind = status.st_mode & 0o170000
    if kind == 0o040000:
        entry.type = tarfile.DIRTYPE
    elif kind == 0o100000:
        entry.size = status.st_size
    else:
        return None
    return entry


def pack_entry(archive, entry, name, folder_fd):
    if entry.isdir():
        archive.addfile(entry)
        return
    try:
        fd, status = open_regular(name, folder_fd)
    except (Refused, OSError):
        return  # Became something else meanwhile, or may not be read.
    with os.fdopen(fd, 'rb', CHUNK) as source:
        entry.size = min(entry.size, status.st_size)
        archive.addfile(entry, source)


FILE_OPERATIONS = {'read': read_file, 'write': write_file, 'unpack': unpack, 'pack': pack}


def main():
    environment = own_environment()
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    # As the first process the helper inherits orphans anyway; otherwise this makes it so.
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.umask(0o022)
    # A namespace's first process gets only signals that it handles, so Python's own handler is all there is to take away.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Whatever started the sandbox may have passed on a descriptor of the host's.
    for name in os.listdir('/proc/self/fd'):
        if int(name) > 2:
            close_quietly(int(name))
    channel_in = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 3)
    channel_out = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 3)
    null = os.open('/dev/null', os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    Helper(channel_in, channel_out, environment).run()


main()
