# What the helper knows of a command under way.


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

    def __init__(self, ident, request, oom_before):
        self.ident = ident
        self.keep = request['keep']
        # How much more of stdout the host takes now; None where it takes all. It takes the rest of one that ended.
        self.window = request.get('window')
        self.flood = request['flood']
        self.started = time.monotonic()
        self.deadline = self.started + request['timeout_ms'] / 1000.0
        self.oom_before = oom_before
        self.pid = 0
        self.start_ticks = ticks_now()
        self.stdin = -1
        self.stdin_ended = False
        self.pending = bytearray()
        self.outputs = []
        self.cause = None
        self.status = None
        self.ended = 0.0
        # Whether another command ran at any time that this one did.
        self.shared = False

    def room(self, output):
        """How much of an output may be read now."""
        if self.window is None or output.number != 1 or self.status is not None:
            return CHUNK
        return min(CHUNK, self.window)
