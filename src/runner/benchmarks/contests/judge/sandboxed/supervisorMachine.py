# What the supervisor asks of the machine: user ids, an end to processes, the warm interpreter.


def user_ids():
    """Ids that nobody else has, one for each program. They begin anywhere: limits on processes count by id, sandboxes share."""
    with open('/proc/self/uid_map') as file:
        highest = max(int(line.split()[0]) + int(line.split()[2]) for line in file)
    first = 100000 if highest > 1 << 20 else 2000
    span = min(highest, 1 << 30) - first - 1
    number = random.SystemRandom().randrange(span)
    while True:
        yield first + number % span
        number += 1


def end(program):
    end_user(program.uid)
    if program.building:
        end_user(program.uid + 1)


def end_user(uid):
    """Kills all that a user runs; what is left of the processes is for their parents. Done again until nothing lives."""
    for _ in range(1000):
        pid = os.fork()
        if pid == 0:
            try:
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
                os.kill(-1, signal.SIGKILL)
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        if not lives(uid):
            return


def lives(uid):
    for entry in os.listdir('/proc'):
        try:
            if entry.isdigit():
                with open('/proc/%s/status' % entry) as file:
                    text = file.read()
                if '\nUid:\t%d\t' % uid in text and 'State:\tZ' not in text:
                    return True
        except OSError:
            continue
    return False


def drop_inheritable_rights():
    """Root's rights come with its id alone; a program, which is another user, finds no trace of them."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    rights = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice 32 bits
    if LIBC.capget(header, rights) == 0:
        rights[2] = rights[5] = 0
        LIBC.capset(header, rights)


def start_zygote():
    """A fresh interpreter that becomes the programs. It gets nothing of ours."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    path = HOME + '/main.py'
    with open(path, 'w') as file:
        file.write(ZYGOTE)
    stdio = [memory_file() for _ in range(3)]
    pid = os.fork()
    if pid == 0:
        try:
            # Away from the numbers that are given out below.
            channel = fcntl.fcntl(theirs.fileno(), fcntl.F_DUPFD, 10)
            for number, fd in enumerate(stdio):
                os.dup2(fd, number)
            os.dup2(channel, 3)
            os.closerange(4, 1024)
            hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
            stack = STACK if hard == resource.RLIM_INFINITY else min(STACK, hard)
            resource.setrlimit(resource.RLIMIT_STACK, (stack, hard))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.setgroups([])
            drop_inheritable_rights()
            os.chdir(HOME)
            environment = {'PATH': os.environ.get('PATH', os.defpath), 'HOME': HOME, 'LANG': 'C.UTF-8',
                           'PYTHONHASHSEED': HASH_SEED}
            os.execve(sys.executable, ['python3', 'main.py'], environment)
        finally:
            os._exit(1)
    theirs.close()
    if ours.recv(16) != b'ready':
        said = os.pread(stdio[2], 4096, 0).decode('utf-8', 'replace')
        sys.exit('the warm interpreter did not start: ' + said)
    for fd in stdio:
        os.close(fd)
    return ours, pid


def main():
    LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    os.set_blocking(1, False)
    os.umask(0o022)
    Supervisor().run()
