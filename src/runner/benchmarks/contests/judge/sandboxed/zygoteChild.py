# What a fork of the zygote does until it is the program that was asked for.


def child(channel, page):
    """What a fork of the zygote does. Returns the code of the program that this process is to become."""
    data, fds = receive(channel, 8)
    channel.detach()
    mode, uid, cpu, space, output, processes = JOB.unpack_from(data)
    source = read_all(fds[0])
    write_program(b'' if mode in TOOLCHAINS else source)
    if mode not in TOOLCHAINS:
        prefer_for_memory()
    if mode == SINGLE:
        take_stdio(fds[1:])
        os.setsid()
        become_user(uid)
        limit_user(space, processes)
        limit_program(cpu, output)
        code = compiled(source)
        if code is None:
            os._exit(0)
        page[COMPILED:COMPILED + 1] = b'\1'
        return code
    names = data[JOB.size:].split(NUL) if mode != SEVERAL and len(data) > JOB.size else None
    control = socket.socket(fileno=os.dup2(fds[1], CHANNEL, inheritable=False))
    os.closerange(CHANNEL + 1, TOP)
    if mode in TOOLCHAINS:
        parent_of_compiled(control, page, (mode, uid, cpu, space, output, processes), source, names)
    become_user(uid)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    limit_user(space, processes + 1)
    code = compile_for(control, source)
    page[COMPILED:COMPILED + 1] = b'\1'
    # Everything that only several inputs need lies in a function that returns in the program's process.
    try:
        parent_of_many(control, page, (cpu, output, names))
    except OSError:
        os._exit(0)  # Nobody listens any more.
    return code


def compile_for(control, source):
    """As compiled(), with the compiler's words told to the supervisor."""
    words = io.StringIO()
    plain, sys.stderr = sys.stderr, words
    code = compiled(source)
    sys.stderr = plain
    if code is None:
        control.send(b's' + words.getvalue().encode('utf-8', 'replace')[-60000:])
        os._exit(0)
    return code


def parent_of_many(control, page, limits):
    """Forks a process for each input, and returns in it."""
    cpu, output, names = limits
    os.umask(0o022)
    before = times_of_folders()
    gc.freeze()
    while True:
        data, fds = receive(control, 8)
        if not data:
            os._exit(0)
        page[ENDED:ENDED + 1] = NUL
        if names and names[0]:
            copy_in(fds[0], names[0])
        started = time.monotonic()
        pid = os.fork()
        if pid == 0:
            take_stdio(fds[:3])
            control.detach()
            os.setsid()
            limit_program(cpu, output)
            return
        _, status, usage = os.wait4(pid, 0)
        if not reap():
            os.kill(-1, signal.SIGKILL)
            while not reap():
                time.sleep(0.0005)
        report = used(status, usage, started, page)
        if names and names[1]:
            copy_out(names[1], fds[3], output)
        for fd in fds:
            os.close(fd)
        if times_of_folders() != before:
            wipe()
            os.chdir(HOME)
            before = times_of_folders()
        control.send(b'r' + report)


def copy_in(source, name):
    fd = os.open(os.path.join(HOME.encode(), name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    copy(source, fd)
    os.close(fd)
    os.lseek(source, 0, 0)


def copy_out(name, target, limit):
    """What a program wrote to a file, where it is one; a mark of a byte before it tells it from none."""
    try:
        fd = os.open(os.path.join(HOME.encode(), name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode):
            os.write(target, NUL)
            copy(fd, target, limit)
    finally:
        os.close(fd)


def copy(source, target, limit=1 << 40):
    while limit > 0:
        data = os.read(source, min(65536, limit))
        if not data:
            return
        limit -= len(data)
        while data:
            data = data[os.write(target, data):]
