# The helper proper: commands from their start to their end.

# How long output is waited for after a command's end while a child of it still holds the pipe.
DRAIN_S = 0.1
# A pipe holds no more than this: what is read after the end beyond it was written after the end.
MAX_PIPE = 1024 * 1024


class Helper:
    def __init__(self, descriptors, environment):
        self.environment = environment
        self.commands = {}
        self.muted = False
        self.keeping = False
        self.oom_counter = open_oom_counter()
        self.oom_claimed = 0
        self.watcher = Watcher()
        self.sinks = Sinks(self.watcher)
        self.channel = Channel(descriptors, self.watcher, self.dispatch, self.host_is_gone)
        self.connections = Connections(self.watcher, self.channel)

    def run(self):
        wake_in, wake_out = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_out)
        self.watcher.watch(wake_in, select.POLLIN, lambda: read(wake_in))
        python = sys.version.split()[0]
        self.channel.send({'event': 'ready', 'protocol': 1, 'python': python, 'pid': SELF})
        while True:
            self.watcher.wait(self.patience())
            self.reap()
            self.expire()
            self.settle()
            self.mute()

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

    def mute(self):
        """While the host does not keep up, what commands and connections say waits in their pipes and sockets."""
        if self.channel.backlogged == self.muted:
            return
        self.muted = not self.muted
        self.connections.mute(self.muted)
        for command in self.commands.values():
            self.listen_to(command)

    def listen_to(self, command):
        for output in command.outputs:
            if output.fd >= 0:
                self.watcher.mute(output.fd, self.muted or command.room(output) == 0)

    def host_is_gone(self):
        """Nobody is left to work for: take everything down, unless a person asked to keep the sandbox."""
        for command in list(self.commands.values()):
            self.kill(command, 'cancelled')
        if not self.keeping:
            os._exit(0)
        self.connections.close_all()
        self.channel.close()

    def dispatch(self, request, payload):
        operation = request['op']
        if operation == 'run':
            self.start(request, payload)
        elif operation == 'keep':
            self.keeping = True
            self.channel.send({'event': 'done', 'id': request['id']})
        elif operation in CONNECTION_OPERATIONS:
            self.connections.dispatch(request, payload)
        else:
            command = self.commands.get(request['id'])
            if command is None:
                return
            if operation == 'stdin':
                self.feed(command, payload, request['eof'])
            elif operation == 'read':
                command.window += request['bytes']
                self.listen_to(command)
            elif operation == 'cancel':
                self.kill(command, 'cancelled')

    def start(self, request, payload):
        command = Command(request['id'], request, oom_kills(self.oom_counter))
        if self.commands:
            for other in [command, *self.commands.values()]:
                other.shared = True
        else:
            self.oom_claimed = command.oom_before
        self.commands[command.ident] = command
        pipes = []
        try:
            for _ in range(3):
                pipes.append(os.pipe())
            command.pid = self.fork()
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
        for fd, number in ((out_read, 1), (err_read, 2)):
            os.set_blocking(fd, False)
            self.open_output(command, Output(fd, number))
        command.stdin = stdin_write
        os.set_blocking(stdin_write, False)
        self.feed(command, payload, request['eof'])

    def fork(self):
        try:
            return os.fork()
        except OSError:
            # Processes that ended commands left behind may have taken all the room; the living come first.
            others = {c.pid for c in self.commands.values() if c.pid}
            kill_tree(lambda: tree_of(0, others, 0), self.reap)
            return os.fork()

    def top(self, pipes):
        """One more than the highest open descriptor."""
        stdins = [c.stdin for c in self.commands.values()]
        others = self.connections.descriptors()
        return 1 + max([*self.watcher.handlers, *stdins, *others, *(fd for pipe in pipes for fd in pipe)])

    def open_output(self, command, output):
        command.outputs.append(output)
        self.watcher.watch(output.fd, select.POLLIN, lambda: self.take(command, output))
        if self.muted:
            self.watcher.mute(output.fd, True)

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
            self.channel.send({'event': 'taken', 'id': command.ident, 'bytes': taken})
        if command.stdin < 0:
            return
        if command.pending:
            self.watcher.watch(command.stdin, select.POLLOUT, lambda: self.push(command))
        elif command.stdin_ended:
            self.close_stdin(command)
        else:
            self.watcher.unwatch(command.stdin)

    def close_stdin(self, command):
        if command.stdin >= 0:
            self.watcher.unwatch(command.stdin)
            os.close(command.stdin)
            command.stdin = -1

    def take(self, command, output):
        """Passes on what is in a pipe; False when there is nothing (more) to pass on now."""
        room = command.room(output)
        if room == 0:
            self.watcher.mute(output.fd, True)
            return False
        data = read(output.fd, room)
        if data is None:
            return False
        if not data:
            self.close_output(output)
            return False
        if command.window is not None and output.number == 1:
            command.window -= len(data)
        part = data[: max(0, command.keep - output.kept)]
        output.kept += len(part)
        output.dropped += len(data) - len(part)
        if command.status is not None:
            output.late += len(data)
        if part:
            self.channel.send({'event': 'output', 'id': command.ident, 'fd': output.number}, part)
        if command.cause is None and sum(o.kept + o.dropped for o in command.outputs) > command.flood:
            self.kill(command, 'output_limit')
        return True

    def close_output(self, output):
        if output.fd >= 0:
            self.watcher.unwatch(output.fd)
            os.close(output.fd)
            output.fd = -1

    def sink(self, output):
        fd, output.fd = output.fd, -1
        self.watcher.unwatch(fd)
        self.sinks.add(fd)

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
            if command.status is None or self.channel.backlogged:
                continue
            for output in command.outputs:
                while output.fd >= 0 and output.late < MAX_PIPE and not self.channel.backlogged:
                    if not self.take(command, output):
                        break
            if self.channel.backlogged:
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
        sandbox's: where commands ran at the same time, a kill is put down to one that died of SIGKILL.
        """
        total = oom_kills(self.oom_counter)
        if total <= max(self.oom_claimed, command.oom_before) or (command.shared and not killed):
            return False
        self.oom_claimed = self.oom_claimed + 1 if command.shared else total
        return True

    def send_end(self, command, cause, code=None, number=0, message=None):
        name = None
        if number:
            try:
                name = signal.Signals(number).name
            except ValueError:
                name = 'SIG%d' % number
        self.channel.send({
            'event': 'end',
            'id': command.ident,
            'cause': cause,
            'code': code,
            'signal': name,
            'dropped': [sum(o.dropped for o in command.outputs if o.number == n) for n in (1, 2)],
            'ms': (time.monotonic() - command.started) * 1000,
            'message': message,
        })

    def kill(self, command, cause):
        if command.cause is None:
            command.cause = cause
        others = {c.pid for c in self.commands.values() if c is not command}
        kill_tree(lambda: tree_of(command.pid, others, command.start_ticks), self.reap)
