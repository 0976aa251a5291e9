# What happens in a forked child before it becomes the program that was asked for.

OOM_SCORE = b'500'


def become(request, descriptors, top, environment):
    """Turns the forked child into the program (or file operation) that was asked for. Does not return."""
    code = 126
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        # Python ignores these two, and what is ignored stays so in a new program.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        for target, fd in enumerate(descriptors):
            os.dup2(fd, target, inheritable=True)
        os.closerange(3, top)
        if request.get('file') is not None:
            code = operate(request)
        else:
            # Only now, with the channel closed: the kernel lets nobody write the score of an unreadable process.
            prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
            raise_oom_score()
            code = execute(request, environment)
    except BaseException as error:  # Whatever it was, the child must not go on as a second helper.
        os.write(2, ('%s: %s\n' % (type(error).__name__, error)).encode('utf-8', 'replace'))
    finally:
        os._exit(code)


def raise_oom_score():
    try:
        fd = os.open('/proc/self/oom_score_adj', os.O_WRONLY)
        os.write(fd, OOM_SCORE)
        os.close(fd)
    except OSError:
        pass


def execute(request, environment):
    argv = request['argv']
    merged = dict(environment)
    merged.update(request['env'])
    try:
        os.chdir(request['cwd'])
    except OSError as error:
        complain('cannot enter ' + request['cwd'], error)
        return 126
    merged['PWD'] = request['cwd']
    error = run_first(argv, merged)
    complain('cannot run ' + argv[0], error)
    return 127 if error.errno in (errno.ENOENT, errno.ENOTDIR) else 126


def run_first(argv, environment):
    """
    Becomes the first program of that name on the PATH; returns the error of the one that came closest. As os.execvpe
    does it, which would import a module in every child.
    """
    name = argv[0]
    folders = [''] if '/' in name else environment.get('PATH', os.defpath).split(':')
    result = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    for folder in folders:
        try:
            os.execve(os.path.join(folder, name), argv, environment)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                result = error
    return result


def complain(what, error):
    os.write(2, ('benchyard: %s: %s\n' % (what, os.strerror(error.errno))).encode('utf-8', 'replace'))
