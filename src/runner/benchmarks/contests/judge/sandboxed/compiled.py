# C++ and Java programs in the zygote's hands. Two users share in one: the compiler's, who owns what is compiled, and the
# program's, who reads it by its group and can change nothing of it, so that every input meets the same program. Who
# forks them stays root: it never runs a line of theirs, so no program can reach what is told of it.

# Address space beyond the limit on memory: libraries, and what a program reserves and never touches.
ADDRESS_SLACK = 256 * MIB
# How often a compiler is looked after.
COMPILER_TICK_S = 0.004


def builder_of(uid):
    """The user who compiles for a program's user."""
    return uid + 1


def parent_of_compiled(control, page, job, source, names):
    """Compiles a program, then forks a process for each input that becomes it. Does not return."""
    mode, uid, cpu, memory, output, processes = job
    chain = TOOLCHAINS[mode](source)
    folder = '%s/program-%d' % (HOME, uid)
    KEPT.add(os.path.basename(folder))
    os.umask(0o022)
    message = build(chain, folder, uid)
    if message is None:
        page[COMPILED:COMPILED + 1] = b'\1'
        tell(control, b'c')
        run_compiled(control, page, (chain, folder, uid, cpu, memory, output, processes, names))
    else:
        tell(control, b's' + message.encode('utf-8', 'replace')[:60000])
    as_user(builder_of(uid), lambda: remove_built(folder))
    os._exit(0)


def tell(control, data):
    try:
        control.send(data)
    except OSError:
        pass  # The supervisor wants it no longer.


def build(chain, folder, uid):
    """Compiles into the folder. Returns the compiler's message where it did not come to a program."""
    said = os.memfd_create('said')
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        try:
            compile_as_builder(chain, folder, uid, said)
        except OSError as error:
            os.write(said, ('%s: %s\n' % (chain.compile_argv[0], error.strerror)).encode())
        finally:
            os._exit(127)
    late = False
    while True:
        ended, status, _ = os.wait4(pid, os.WNOHANG)
        if ended:
            break
        if not late and time.monotonic() - started > COMPILE_LIMITS['wallS']:
            late = True
            as_user(builder_of(uid), lambda: os.kill(-1, signal.SIGKILL))
        time.sleep(COMPILER_TICK_S)
    if not reap():
        end_user(builder_of(uid))
    words = os.pread(said, 4 * MESSAGE_BYTES, 0)
    os.close(said)
    if status == 0:
        return None
    if late:
        return compiler_message(words, 'The compiler was stopped after %d s.' % COMPILE_LIMITS['wallS'])
    if os.WIFSIGNALED(status):
        return compiler_message(words, 'The compiler was killed by signal %d.' % os.WTERMSIG(status))
    return compiler_message(words, '' if words else 'The compiler ended with %d.' % os.WEXITSTATUS(status))


def compile_as_builder(chain, folder, uid, said):
    """Becomes the compiler."""
    builder = builder_of(uid)
    nothing = os.open('/dev/null', os.O_RDONLY)
    take_stdio((nothing, said, said))
    os.setsid()
    os.umask(0o027)
    prefer_for_memory()
    os.setresgid(uid, uid, uid)
    os.setresuid(builder, builder, builder)
    os.mkdir(folder)
    os.chdir(folder)
    for name, content in chain.files.items():
        with open(name, 'wb') as file:
            file.write(content)
    limits = COMPILE_LIMITS
    set_limit(resource.RLIMIT_CPU, (limits['cpuS'], limits['cpuS'] + 1))
    set_limit(resource.RLIMIT_FSIZE, (COMPILED_BYTES, COMPILED_BYTES))
    set_limit(resource.RLIMIT_NPROC, (limits['processes'], limits['processes']))
    if chain.compiler_address_space:
        set_limit(resource.RLIMIT_AS, (limits['memoryBytes'], limits['memoryBytes']))
    default_signals()
    # What a compiler needs in between goes where it is removed with all the rest.
    os.execvpe(chain.compile_argv[0], chain.compile_argv, dict(os.environ, TMPDIR=folder))


def run_compiled(control, page, program):
    chain, folder, uid, cpu, memory, output, processes, names = program
    before = times_of_folders()
    while True:
        data, fds = receive(control, 8)
        if not data:
            return
        if names and names[0]:
            as_user(uid, lambda: copy_in(fds[0], names[0]))
        started = time.monotonic()
        pid = os.fork()
        if pid == 0:
            try:
                take_stdio(fds[:3])
                os.setsid()
                prefer_for_memory()
                become_user(uid)
                limit_program(cpu, output)
                limit_compiled(chain, memory, processes)
                default_signals()
                argv = chain.run_argv(folder, memory)
                os.execvpe(argv[0], argv, os.environ)
            finally:
                os._exit(127)
        _, status, usage = os.wait4(pid, 0)
        if not reap():
            end_user(uid)
        report = used(status, usage, started, page)
        if names and names[1]:
            as_user(uid, lambda: copy_out(names[1], fds[3], output))
        for fd in fds:
            os.close(fd)
        if times_of_folders() != before:
            as_user(uid, wipe)
            for place in FOLDERS:
                touch(place)
            before = times_of_folders()
        tell(control, b'r' + report)


def limit_compiled(chain, memory, processes):
    allowed = processes + chain.extra_processes
    set_limit(resource.RLIMIT_NPROC, (allowed, allowed))
    if chain.address_space:
        set_limit(resource.RLIMIT_AS, (memory + ADDRESS_SLACK, memory + ADDRESS_SLACK))
        # Contest sites bound a stack by the memory limit alone.
        set_limit(resource.RLIMIT_STACK, (memory, memory))


def default_signals():
    """Python ignores these two, and what is ignored stays so in a new program."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def remove_built(folder):
    """Only the compiler wrote there, so there is nothing in the way."""
    for place, folders, files in os.walk(folder, topdown=False):
        for name in files:
            os.unlink(os.path.join(place, name))
        for name in folders:
            os.rmdir(os.path.join(place, name))
    os.rmdir(folder)
