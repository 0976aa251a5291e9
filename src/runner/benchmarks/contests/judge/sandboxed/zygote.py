# The zygote proper: it waits for programs and forks.


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
        uid = JOB.unpack(head)[1]
        if not reap():
            end_user(uid)
        report = used(status, usage, started, page)
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
