# The program itself, and its end as the interpreter would make it.


def exit_status(error):
    """What the interpreter makes of a SystemExit."""
    flush_output()
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        try:
            return struct.unpack('<i', struct.pack('<q', code)[:4])[0] & 255
        except struct.error:
            return 255
    try:
        sys.stderr.write('%s\n' % (code,) if not isinstance(code, tuple) else str(code) + '\n')
    except BaseException:
        pass
    return 1


def report(error):
    """As the interpreter tells of an exception that nobody caught."""
    flush_output()
    trace = error.__traceback__ and error.__traceback__.tb_next
    error.__traceback__ = trace
    kind = type(error)
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace
    try:
        sys.excepthook(kind, error, trace)
    except SystemExit as exit:
        return exit_status(exit)
    except BaseException:
        try:
            traceback.print_exc()
        except BaseException:
            pass
    return -signal.SIGINT if issubclass(kind, KeyboardInterrupt) else 1


def flush_output():
    """What the interpreter does right after the program, before it looks at how it ended."""
    for stream in (sys.stderr, sys.stdout):
        try:
            stream.flush()
        except BaseException:
            pass


def flush(status):
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not getattr(stream, 'closed', False):
                stream.flush()
        except BaseException:
            status = 120
    return status


def leave(status):
    """The interpreter's end, less what only frees memory: threads, atexit, what is buffered, finalizers."""
    flush_output()
    try:
        threading._shutdown()
    except BaseException:
        traceback.print_exc()
    try:
        atexit._run_exitfuncs()
    except BaseException:
        pass
    status = flush(status)
    sys.last_type = sys.last_value = sys.last_traceback = None
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__
    sys.modules.pop('__main__', None)
    gc.collect()
    flush(0)
    if status == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(status)


MARK, CODE, NAMES = start()
ENDS = {None: 1}
STATUS = 0
try:
    # Whoever looks down the stack finds empty lists: what says that a program ended is nowhere but on the stack itself.
    MARK.pop()(ENDS[exec(CODE.pop(), NAMES.pop())])
except SystemExit as error:
    STATUS = exit_status(error)
except BaseException as error:
    STATUS = report(error)
leave(STATUS)
