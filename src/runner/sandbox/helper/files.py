# File operations. Each runs in a child of the helper: bytes through its stdin or stdout, what went wrong on its stderr.


def operate(request):
    """A file operation: bytes through stdin or stdout, what went wrong as JSON on stderr."""
    try:
        FILE_OPERATIONS[request['file']](request)
        return 0
    except Refused as refusal:
        problem = {'kind': refusal.kind, 'message': str(refusal)}
    except OSError as error:
        kinds = {errno.ENOENT: 'missing', errno.ENOTDIR: 'missing', errno.ENOSPC: 'full', errno.EDQUOT: 'full'}
        problem = {'kind': kinds.get(error.errno, 'refused'), 'message': os.strerror(error.errno or errno.EIO)}
    except Exception as error:  # A broken archive, for example.
        problem = {'kind': 'refused', 'message': '%s: %s' % (type(error).__name__, error)}
    os.write(2, json.dumps(problem).encode('ascii'))
    return 1


class Refused(Exception):
    def __init__(self, kind, message):
        Exception.__init__(self, message)
        self.kind = kind


def write_all(fd, data):
    view = memoryview(data)
    while len(view):
        view = view[os.write(fd, view):]


def open_regular(path, dir_fd=None):
    """Opens a regular file for reading. Neither follows a symlink at its end nor waits for a FIFO's writer."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY, dir_fd=dir_fd)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Refused('refused', 'is a symbolic link')
        raise
    status = os.fstat(fd)
    if status.st_mode & 0o170000 != 0o100000:
        os.close(fd)
        raise Refused('refused', 'is not a regular file')
    return fd, status


def read_file(request):
    fd, status = open_regular(request['path'])
    limit = request['limit']
    if status.st_size > limit:
        raise Refused('too-large', 'has %d bytes, more than the %d allowed' % (status.st_size, limit))
    total = 0
    while True:
        data = os.read(fd, CHUNK)
        if not data:
            return
        total += len(data)
        if total > limit:
            raise Refused('too-large', 'has more than the %d bytes allowed' % limit)
        write_all(1, data)


def write_file(request):
    path = request['path']
    os.makedirs(os.path.dirname(path) or '/', exist_ok=True)
    try:
        kind = os.lstat(path).st_mode & 0o170000
        if kind not in (0o100000, 0o040000):
            os.unlink(path)  # A link or a FIFO is replaced, not written through.
    except FileNotFoundError:
        pass
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK
    fd = os.open(path, flags, 0o644)
    while True:
        data = os.read(0, CHUNK)
        if not data:
            break
        write_all(fd, data)
    os.close(fd)


def unpack(request):
    import tarfile

    base = request['path']
    os.makedirs(base, exist_ok=True)
    with os.fdopen(0, 'rb', CHUNK) as source, tarfile.open(fileobj=source, mode='r|') as archive:
        # Members are judged here; newer Pythons would also refuse links that lead nowhere in the archive.
        archive.extraction_filter = lambda member, _: member
        folders = []
        for member in archive:
            parts = [part for part in member.name.split('/') if part not in ('', '.')]
            if member.name.startswith('/') or '..' in parts:
                raise Refused('refused', 'the archive names a place outside: ' + member.name)
            if not (member.isfile() or member.isdir() or member.issym() or member.islnk()):
                raise Refused('refused', 'the archive holds a device or FIFO: ' + member.name)
            if not parts:
                continue
            member.name = '/'.join(parts)
            member.uid, member.gid, member.uname, member.gname = os.geteuid(), os.getegid(), '', ''
            member.mode &= 0o777
            if member.isdir():
                folders.append((member.name, member.mode))
                member.mode |= 0o700  # Its content comes next.
            archive.extract(member, base, set_attrs=True, numeric_owner=True)
    for name, mode in reversed(folders):
        os.chmod(os.path.join(base, name), mode)


def pack(request):
    import tarfile

    limit = request['limit']
    base = os.open(request['path'], os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    total = 0
    with os.fdopen(1, 'wb', CHUNK) as target:
        with tarfile.open(fileobj=target, mode='w|', format=tarfile.GNU_FORMAT) as archive:
            # Folders are walked by descriptor: a folder that becomes a link meanwhile is not followed.
            for folder, folders, files, folder_fd in os.fwalk('.', dir_fd=base):
                for name in sorted(folders + files):
                    entry = tar_entry(folder, name, folder_fd)
                    if entry is None:
                        continue
                    total += 512 + (entry.size + 511) // 512 * 512
                    if total > limit:
                        raise Refused('too-large', 'holds more than the %d bytes allowed' % limit)
                    pack_entry(archive, entry, name, folder_fd)


def tar_entry(folder, name, folder_fd):
    """What is written of a folder's entry; None for what is left out."""
    import tarfile

    if '\\' in name:
        return None  # On Windows it would be a path.
    try:
        status = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
    except OSError:
        return None
    entry = tarfile.TarInfo(os.path.normpath(os.path.join(folder, name)))
    entry.mode, entry.mtime = status.st_mode & 0o755, int(status.st_mtime)
    kind = status.st_mode & 0o170000
    if kind == 0o040000:
        entry.type = tarfile.DIRTYPE
    elif kind == 0o100000:
        entry.size = status.st_size
    else:
        return None
    return entry


def pack_entry(archive, entry, name, folder_fd):
    if entry.isdir():
        archive.addfile(entry)
        return
    try:
        fd, status = open_regular(name, folder_fd)
    except (Refused, OSError):
        return  # Became something else meanwhile, or may not be read.
    with os.fdopen(fd, 'rb', CHUNK) as source:
        entry.size = min(entry.size, status.st_size)
        archive.addfile(entry, source)


FILE_OPERATIONS = {'read': read_file, 'write': write_file, 'unpack': unpack, 'pack': pack}
