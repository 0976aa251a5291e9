# What runs in the sandbox, seen through /proc and the memory controller.

OOM_COUNTERS = ('/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control')
# How long killing one tree may take before it is given up; the host then ends the whole sandbox.
KILL_S = 5.0
CLOCK_BOOTTIME = 7
TICKS_PER_S = os.sysconf('SC_CLK_TCK')


def open_oom_counter():
    """Where the kernel counts what it killed for memory in this sandbox, kept open; None where it does not."""
    for path in OOM_COUNTERS:
        try:
            fd = os.open(path, os.O_RDONLY)
        except OSError:
            continue
        if b'oom_kill ' in os.pread(fd, 4096, 0):
            return fd
        os.close(fd)
    return None


def oom_kills(counter):
    """How many processes of the sandbox the kernel killed for memory so far; 0 where it does not say."""
    if counter is None:
        return 0
    return int(os.pread(counter, 4096, 0).partition(b'oom_kill ')[2].split()[0])


def processes():
    """Every living process but the helper: pid -> (parent, session, start time in ticks)."""
    found = {}
    for name in os.listdir('/proc'):
        if not name.isdigit() or int(name) == SELF:
            continue
        try:
            with open('/proc/' + name + '/stat', 'rb') as file:
                # The program's name stands in parentheses and may itself hold any byte.
                fields = file.read().rpartition(b')')[2].split()
        except OSError:
            continue
        if fields and fields[0] not in (b'Z', b'X'):
            found[int(name)] = (int(fields[1]), int(fields[3]), int(fields[19]))
    return found


def ticks_now():
    """The time as /proc tells processes' start times."""
    return int(time.clock_gettime(CLOCK_BOOTTIME) * TICKS_PER_S)


def tree_of(leader, others, since):
    """
    Processes of the command whose first process is `leader`: its descendants, and orphans (which the kernel hands to
    the helper) that are younger than `since` and not of the session of one of `others`, with their descendants.
    """
    found = processes()
    children = {}
    for pid, (parent, _, _) in found.items():
        children.setdefault(parent, []).append(pid)
    waiting = []
    for pid in children.get(SELF, ()):
        _, session, started = found[pid]
        if pid == leader or (pid not in others and session not in others and started >= since):
            waiting.append(pid)
    members = set()
    while waiting:
        pid = waiting.pop()
        if pid not in members:
            members.add(pid)
            waiting.extend(children.get(pid, ()))
    return members


def kill_tree(tree, reap):
    """
    Kills what `tree()` returns until that is nothing. Stops every process first, so that none can start another while
    the killing goes on.
    """
    limit = time.monotonic() + KILL_S
    if SELF == 1:
        # One call stops the whole namespace at once: a fork bomb would not let many calls through.
        signal_quietly(-1, signal.SIGSTOP)
    else:
        stop_tree(tree, limit)
    while time.monotonic() < limit:
        members = tree()
        if not members:
            break
        for pid in members:
            signal_quietly(pid, signal.SIGKILL)
        time.sleep(0.001)
        reap()
    if SELF == 1:
        signal_quietly(-1, signal.SIGCONT)


def stop_tree(tree, limit):
    stopped = set()
    while time.monotonic() < limit:
        fresh = tree() - stopped
        if not fresh:
            return
        for pid in fresh:
            signal_quietly(pid, signal.SIGSTOP)
        stopped |= fresh
