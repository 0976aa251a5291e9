# The supervisor proper: what it is told, what it has run, what it tells.


class Supervisor:
    def __init__(self):
        self.sets = {}
        self.waiting = collections.deque()
        self.handed = collections.deque()
        self.incoming = bytearray()
        self.outgoing = bytearray()
        self.gathered = 0.0
        self.deadline = None
        self.ends = Ends()
        self.uids = user_ids()
        self.poller = select.poll()
        self.listening = True
        self.full = False
        self.zygote, self.zygote_pid = start_zygote()
        self.poller.register(0, select.POLLIN)
        self.poller.register(self.zygote.fileno(), select.POLLIN)
        self.say(b'!')

    def run(self):
        while True:
            for fd, _ in self.poller.poll(self.patience()):
                if fd == 0:
                    self.listen()
                elif fd == 1:
                    self.flush()
                elif fd == self.zygote.fileno():
                    self.program_ended()
                else:
                    self.hear(fd)
            self.expire()
            self.hand_over()
            if self.outgoing and not self.full and self.is_time():
                self.flush()
            self.attend()

    def patience(self):
        moments = [] if self.deadline is None else [self.deadline]
        if self.outgoing and not self.full:
            moments.append(self.gathered + GATHER_S)
        if not moments:
            return None
        return max(0, int((min(moments) - time.monotonic()) * 1000) + 1)

    def attend(self):
        """Takes no more from the host than it can hold."""
        listening = len(self.waiting) < WAITING
        if listening != self.listening:
            self.listening = listening
            self.poller.modify(0, select.POLLIN if listening else 0)

    # -- the host --

    def is_time(self):
        idle = not self.handed
        return idle or len(self.outgoing) > GATHER_BYTES or time.monotonic() >= self.gathered + GATHER_S

    def say(self, *parts):
        if not self.outgoing:
            self.gathered = time.monotonic()
        self.outgoing += LENGTH.pack(sum(len(part) for part in parts))
        for part in parts:
            self.outgoing += part

    def flush(self):
        while self.outgoing:
            try:
                written = os.write(1, memoryview(self.outgoing)[:1 << 20])
            except BlockingIOError:
                if not self.full:
                    self.full = True
                    self.poller.register(1, select.POLLOUT)
                return
            del self.outgoing[:written]
        if self.full:
            self.full = False
            self.poller.unregister(1)
        for program in self.handed:
            if program.control is not None:
                self.supply(program)

    def listen(self):
        data = os.read(0, 1 << 20)
        if not data:
            sys.exit(0)
        self.incoming += data
        at = 0
        while len(self.incoming) - at >= 4:
            size = LENGTH.unpack_from(self.incoming, at)[0]
            if len(self.incoming) - at - 4 < size:
                break
            frame = bytes(memoryview(self.incoming)[at + 4:at + 4 + size])
            at += 4 + size
            self.obey(frame[:1], frame[1:])
        del self.incoming[:at]

    def obey(self, order, data):
        if order == b'i':
            ident, _ = LOAD.unpack_from(data)
            self.sets.setdefault(ident, []).append(sealed(memoryview(data)[LOAD.size:]))
        elif order == b'f':
            for fd in self.sets.pop(LENGTH.unpack(data)[0], ()):
                os.close(fd)
        elif order == b'p':
            program = Program(data)
            program.total = len(self.sets.get(program.inputs, ()))
            self.waiting.append(program)
        elif order == b'x':
            self.stop(LENGTH.unpack(data)[0])

    def stop(self, ident):
        for program in self.waiting:
            if program.ident == ident:
                self.waiting.remove(program)
                self.finish(program)
                return
        for program in self.handed:
            if program.ident == ident:
                program.stopped = True
                self.hang_up(program)
                if program is self.handed[0]:
                    end(program)
                    self.wind(program)

    def finish(self, program, message=None):
        kind = b'd' if message is None else b's'
        self.say(kind, LENGTH.pack(program.ident), message or b'')

    # -- programs --

    def hand_over(self):
        while self.waiting and len(self.handed) < AHEAD and len(self.outgoing) < BACKLOG:
            program = self.waiting.popleft()
            if program.done >= program.total or program.stopped:
                self.finish(program)
                continue
            program.uid = next(self.uids)
            program.building = program.chain is not None
            if program.building:
                next(self.uids)  # Its compiler's.
            program.late = program.spared = False
            program.told_cpu = program.told_wall = 0
            program.sent = program.done
            program.under_way.clear()
            self.hand(program)
            self.handed.append(program)
            if len(self.handed) == 1:
                self.wind(program)

    def wind(self, program):
        limit = COMPILER_PATIENCE_S if program.building else program.wall / 1000000.0
        self.deadline = time.monotonic() + (STOP_S if program.stopped else limit)

    def hand(self, program):
        """Gives a program to the zygote, with its input where it has but one."""
        single = program.total - program.done == 1 and program.files is None and program.chain is None
        mode = SINGLE if single else FILES if program.files else SEVERAL
        space = program.memory + SLACK
        if program.chain is not None:
            mode, space = program.language, program.memory
        # The kernel counts by ticks here and may be a fifth of a second early: who is over the limit is told by usage.
        cpu = -(-program.cpu // 1000000) + 1
        job = JOB.pack(mode, program.uid, cpu, space, program.output + 1, program.processes)
        source = sealed(program.source)
        if single:
            fds = self.open_files(program)
            send_with(self.zygote, job, (source,) + fds)
            os.close(fds[0])
        else:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            send_with(self.zygote, job + b'\0'.join(program.files or ()), (source, theirs.fileno()))
            theirs.close()
            program.control = ours
            self.poller.register(ours.fileno(), select.POLLIN)
            self.supply(program)
        os.close(source)

    def open_files(self, program):
        """The next input, and files to print to."""
        made = (memory_file(), memory_file()) + ((memory_file(),) if program.files else ())
        fds = (opened_again(self.sets[program.inputs][program.sent]),) + made
        program.sent += 1
        program.under_way.append(made)
        return fds

    def supply(self, program):
        while len(self.outgoing) < BACKLOG and program.sent < program.total and program.sent - program.done < INPUTS_AHEAD:
            fds = self.open_files(program)
            try:
                send_with(program.control, b'i', fds)
            except OSError:
                pass  # It ended; the zygote tells.
            os.close(fds[0])

    def hear(self, fd):
        """A result from the parent of a program's processes."""
        for program in self.handed:
            if program.control is not None and program.control.fileno() == fd:
                data = heard(program.control)
                if data:
                    self.told(program, data)
                else:
                    self.hang_up(program)
                return

    def told(self, program, data):
        if data[:1] == b's':
            program.message = data[1:]
        elif data[:1] == b'c':
            program.building = False
            if program is self.handed[0]:
                self.wind(program)
        elif program.under_way:
            if program.chain is None:
                program.spared, program.late = program.late, False
            used = USED.unpack(data[1:])
            program.told_cpu += used[1]
            program.told_wall += used[2]
            self.result(program, *used)
            # What is compiled has a parent that is not killed with it.
            program.late = False
            if program is self.handed[0]:
                self.wind(program)
            if program.done >= program.total or program.stopped:
                self.hang_up(program)
            else:
                self.supply(program)

    def hang_up(self, program):
        if program.control is not None:
            self.poller.unregister(program.control.fileno())
            program.control.close()
            program.control = None

    def program_ended(self):
        data = self.zygote.recv(4096)
        if not data:
            sys.exit('the zygote ended')
        program = self.handed[0]
        while program.control is not None and select.select([program.control], [], [], 0)[0]:
            self.hear(program.control.fileno())
        self.hang_up(program)
        self.handed.popleft()
        status, cpu, wall, peak, page = USED.unpack(data)
        compiled = page[1] == 1
        left = not program.stopped and program.message is None and program.done < program.total
        if left and program.chain is not None:
            sys.exit('the parent of a compiled program ended')
        if left and not program.spared:
            if not compiled and not program.late:
                program.message = words_of_compiler(program, status)
            else:
                self.result(program, status, *program.since_last(cpu, wall), peak, page)
        for made in program.under_way:
            for fd in made:
                os.close(fd)
        program.under_way.clear()
        if program.message is not None or program.stopped or program.done >= program.total:
            self.finish(program, program.message)
        else:
            self.waiting.appendleft(program)
        self.deadline = None
        if self.handed:
            self.wind(self.handed[0])

    def expire(self):
        if self.deadline is None or time.monotonic() < self.deadline:
            return
        program = self.handed[0]
        self.deadline = time.monotonic() + (STOP_S if program.stopped else 1)
        # What was told meanwhile counts.
        if program.control is not None and select.select([program.control], [], [], 0)[0]:
            return
        if select.select([self.zygote], [], [], 0)[0]:
            return
        program.late = True
        end(program)

    def result(self, program, status, cpu, wall, peak, page):
        made = program.under_way.popleft()
        size = os.fstat(made[0]).st_size
        said = os.fstat(made[1]).st_size
        out = os.pread(made[0], min(size, program.output), 0) if size else b''
        error = os.pread(made[1], STDERR_KEPT, max(0, said - STDERR_KEPT)) if said else b''
        kept = os.pread(made[2], program.output + 1, 0) if len(made) == 3 else b''
        for fd in made:
            os.close(fd)
        kind, value = self.ends.of(program, status, (cpu, peak, max(size, said)), error)
        completed = UNKNOWN if program.chain is not None else YES if page[0] == 1 else NO
        self.say(
            RESULT.pack(b'r', program.ident, program.done, kind, value, cpu, wall, peak, completed, len(out),
                        len(error), len(kept) - 1),
            out, error, kept[1:])
        program.done += 1
