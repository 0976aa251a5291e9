# A way to the host that needs no network: sockets inside whose connections the host serves.

# Bytes of one direction of a connection that may be under way before the other end took any.
WINDOW = 256 * 1024
WAITING_CLIENTS = 128
CONNECTION_OPERATIONS = ('listen', 'unlisten', 'send', 'took', 'finish', 'drop')


class Listener:
    def __init__(self, ident, limit, server):
        self.ident = ident
        self.limit = limit
        self.server = server
        self.connections = set()


class Connection:
    """A client inside, and what is under way between it and the host."""

    def __init__(self, ident, listener, client):
        self.ident = ident
        self.listener = listener
        self.client = client
        self.fd = client.fileno()
        self.pending = bytearray()
        # How much more of what the client says the host takes now.
        self.credit = WINDOW
        self.client_done = False
        self.host_done = False
        self.shut = False


class Connections:
    """Listening sockets and their connections. Who floods one of them fills its own window and nothing else."""

    def __init__(self, watcher, channel):
        self.watcher = watcher
        self.channel = channel
        self.listeners = {}
        self.open = {}
        self.opened = 0
        self.muted = False

    def descriptors(self):
        return [c.fd for c in self.open.values()] + [one.server.fileno() for one in self.listeners.values()]

    def dispatch(self, request, payload):
        operation = request['op']
        if operation == 'listen':
            self.listen(request)
        elif operation == 'unlisten':
            self.unlisten(request['listener'])
            self.channel.send({'event': 'done', 'id': request['id']})
        else:
            connection = self.open.get(request['connection'])
            if connection is None:
                return  # It ended meanwhile.
            if operation == 'drop':
                self.reset(connection)
                return
            if operation == 'send':
                connection.pending += payload
            elif operation == 'took':
                connection.credit += request['bytes']
            elif operation == 'finish':
                connection.host_done = True
            self.push(connection)

    def listen(self, request):
        import socket

        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(('127.0.0.1', request['port']))
            server.listen(WAITING_CLIENTS)
            server.setblocking(False)
        except OSError as error:
            server.close()
            self.channel.send({'event': 'refused', 'id': request['id'], 'message': os.strerror(error.errno)})
            return
        listener = Listener(request['id'], request['limit'], server)
        self.listeners[listener.ident] = listener
        self.channel.send({'event': 'listening', 'id': listener.ident, 'port': server.getsockname()[1]})
        self.invite(listener)

    def unlisten(self, ident):
        listener = self.listeners.pop(ident, None)
        if listener is None:
            return
        self.watcher.unwatch(listener.server.fileno())
        listener.server.close()
        for connection in list(listener.connections):
            self.reset(connection)

    def invite(self, listener):
        """Clients beyond the limit, or beyond what the host keeps up with, wait in the kernel."""
        if listener.ident not in self.listeners:
            return
        if len(listener.connections) < listener.limit and not self.muted:
            self.watcher.watch(listener.server.fileno(), select.POLLIN, lambda: self.accept(listener))
        else:
            self.watcher.unwatch(listener.server.fileno())

    def accept(self, listener):
        import socket

        try:
            client, _ = listener.server.accept()
        except OSError:
            return  # It has gone again.
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.opened += 1
        connection = Connection(self.opened, listener, client)
        self.open[connection.ident] = connection
        listener.connections.add(connection)
        self.channel.send({'event': 'opened', 'id': listener.ident, 'connection': connection.ident})
        self.watch(connection)
        self.invite(listener)

    def watch(self, connection):
        if connection.ident not in self.open:
            return
        if connection.client_done and connection.shut:
            self.close(connection, True)
            return
        events = select.POLLOUT if connection.pending else 0
        if self.listens_to(connection):
            events |= select.POLLIN
        if events:
            self.watcher.watch(connection.fd, events, lambda: self.serve(connection))
        else:
            # Not even its end: the kernel would tell of it again and again.
            self.watcher.unwatch(connection.fd)

    def listens_to(self, connection):
        return connection.credit > 0 and not connection.client_done and not self.muted

    def serve(self, connection):
        if connection.pending:
            self.push(connection)
        if connection.ident in self.open and self.listens_to(connection):
            self.pull(connection)

    def pull(self, connection):
        try:
            data = os.read(connection.fd, min(CHUNK, connection.credit))
        except BlockingIOError:
            return
        except OSError:
            self.close(connection, False)
            return
        connection.credit -= len(data)
        connection.client_done = not data
        event = 'received' if data else 'finished'
        self.channel.send({'event': event, 'connection': connection.ident}, data)
        self.watch(connection)

    def push(self, connection):
        taken = 0
        try:
            while connection.pending:
                written = os.write(connection.fd, connection.pending[:CHUNK])
                del connection.pending[:written]
                taken += written
            if connection.host_done and not connection.shut:
                connection.shut = True
                connection.client.shutdown(1)
        except BlockingIOError:
            pass
        except OSError:
            self.close(connection, False)
            return
        if taken:
            self.channel.send({'event': 'sent', 'connection': connection.ident, 'bytes': taken})
        self.watch(connection)

    def reset(self, connection):
        """The client learns that this is no regular end."""
        import socket

        connection.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.close(connection, False)

    def close(self, connection, whole):
        if self.open.pop(connection.ident, None) is None:
            return
        self.watcher.unwatch(connection.fd)
        connection.client.close()
        connection.listener.connections.discard(connection)
        self.channel.send({'event': 'closed', 'connection': connection.ident, 'whole': whole})
        self.invite(connection.listener)

    def mute(self, muted):
        self.muted = muted
        for connection in list(self.open.values()):
            self.watch(connection)
        for listener in list(self.listeners.values()):
            self.invite(listener)

    def close_all(self):
        for ident in list(self.listeners):
            self.unlisten(ident)
