# Where the helper begins.


def main():
    environment = own_environment()
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    # As the first process the helper inherits orphans anyway; otherwise this makes it so.
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.umask(0o022)
    # A namespace's first process gets only signals that it handles, so Python's own handler is all there is to take away.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Whatever started the sandbox may have passed on a descriptor of the host's.
    for name in os.listdir('/proc/self/fd'):
        if int(name) > 2:
            close_quietly(int(name))
    channel_in = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 3)
    channel_out = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 3)
    null = os.open('/dev/null', os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    Helper((channel_in, channel_out), environment).run()


main()
