# The event loop's descriptors and the channel to the host.

# Above this much waiting output nothing more is read from commands, so a slow host slows them down.
BACKLOG = 1024 * 1024
MAX_FRAME = 16 * 1024 * 1024
HEADER = struct.Struct('>II')


def read(fd, size=CHUNK):
    """Bytes, b'' at the end, None when there is nothing now."""
    try:
        return os.read(fd, size)
    except BlockingIOError:
        return None
    except OSError:
        return b''


class Watcher:
    """Descriptors and what to do when something can be done with them."""

    def __init__(self):
        self.handlers = {}
        self.poller = select.poll()

    def watch(self, fd, events, handler):
        self.handlers[fd] = handler
        self.poller.register(fd, events)

    def unwatch(self, fd):
        if self.handlers.pop(fd, None) is not None:
            self.poller.unregister(fd)

    def mute(self, fd, muted):
        """A muted descriptor stays watched for its end only."""
        self.poller.modify(fd, 0 if muted else select.POLLIN)

    def wait(self, milliseconds):
        for fd, _ in self.poller.poll(milliseconds):
            handler = self.handlers.get(fd)
            if handler is not None:
                handler()


class Channel:
    """Frames to and from the host. `on_end` is called when the host has gone."""

    def __init__(self, descriptors, watcher, on_frame, on_end):
        self.source, self.target = descriptors
        self.watcher = watcher
        self.on_frame = on_frame
        self.on_end = on_end
        self.incoming = bytearray()
        self.outgoing = bytearray()
        for fd in descriptors:
            os.set_blocking(fd, False)
        watcher.watch(self.source, select.POLLIN, self.receive)

    @property
    def backlogged(self):
        return len(self.outgoing) > BACKLOG

    def send(self, header, payload=b''):
        encoded = json.dumps(header).encode('ascii')
        self.outgoing += HEADER.pack(len(encoded), len(payload)) + encoded + payload
        self.flush()

    def flush(self):
        while self.outgoing:
            try:
                written = os.write(self.target, self.outgoing[:CHUNK])
            except BlockingIOError:
                break
            except OSError:
                self.on_end()
                return
            del self.outgoing[:written]
        if self.outgoing:
            self.watcher.watch(self.target, select.POLLOUT, self.flush)
        else:
            self.watcher.unwatch(self.target)

    def receive(self):
        data = read(self.source)
        if data is None:
            return
        if not data:
            self.on_end()
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
            self.on_frame(header, payload)

    def close(self):
        """Forgets the host; what is sent from now on goes nowhere."""
        self.outgoing.clear()
        self.watcher.unwatch(self.source)
        self.watcher.unwatch(self.target)
        null = os.open('/dev/null', os.O_WRONLY | os.O_CLOEXEC)
        os.dup2(null, self.target, inheritable=False)
        os.close(null)


# Abandoned pipes (a background server's log) that are still read, so that their writers do not die of SIGPIPE.
MAX_SINKS = 64


class Sinks:
    """Pipes that nobody reads any more, kept open and empty."""

    def __init__(self, watcher):
        self.watcher = watcher
        self.open = []

    def add(self, fd):
        self.open.append(fd)
        self.watcher.watch(fd, select.POLLIN, lambda: read(fd) == b'' and self.close(fd))
        if len(self.open) > MAX_SINKS:
            self.close(self.open[0])

    def close(self, fd):
        self.open.remove(fd)
        self.watcher.unwatch(fd)
        os.close(fd)
