# Why a program ended.


class Ends:
    def __init__(self):
        self.oom = open_oom_counter()
        self.ooms = oom_kills(self.oom)

    def of(self, program, status, used, error):
        """Why a program ended: the first cause."""
        cpu, peak, printed = used
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        # Nobody who may print no more stops for it, so this comes before the time that is spent then.
        if printed > program.output or number == signal.SIGXFSZ:
            return OUTPUT, 0
        if cpu > program.cpu or number == signal.SIGXCPU:
            return CPU, 0
        if program.late:
            return WALL, 0
        extra = 0 if program.chain is None else program.chain.extra_bytes
        if peak > program.memory + extra or (number == signal.SIGKILL and self.was_out_of_memory()):
            return MEMORY, 0
        if status and program.chain is not None and program.chain.out_of_memory(error):
            return MEMORY, 0
        if number:
            return SIGNALLED, number
        code = os.WEXITSTATUS(status)
        if code == 1 and program.chain is None and error.rstrip().rpartition(b'\n')[2].startswith(b'MemoryError'):
            return MEMORY, 0
        return EXITED, code

    def was_out_of_memory(self):
        before, self.ooms = self.ooms, oom_kills(self.oom)
        return self.ooms > before


def open_oom_counter():
    for path in OOM_COUNTERS:
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
    return None


def oom_kills(counter):
    if counter is None:
        return 0
    return int((os.pread(counter, 4096, 0).partition(b'oom_kill ')[2].split() or [0])[0])


def words_of_compiler(program, status):
    """What was said of a program that was not compiled."""
    said = b''
    if program.under_way:
        said = os.pread(program.under_way[0][1], 60000, 0)
    return said or b'The compiler was killed (%d).' % os.WTERMSIG(status)
