# Looks at the files below the working folder and prints what the host does not know of them yet.
#
# Arguments: a time in nanoseconds, the digest of the listing that the host has, and the most bytes of files to print. On
# stdin: names that are wanted in any case, each with a NUL behind it. Prints fields that end in a NUL: the Python that
# runs this, the time of the look, the digest, and `same` or `listing`; of a listing, for each file its name, mode and stamp, then an empty name; for
# each file whose inode changed since that time its name and size, then its bytes; an empty name; and what was left out,
# each as a reason and a name. Few modules are loaded: half of the time that a look takes would be theirs.
import os
import sys
import time

try:
    from _sha256 import sha256
except ImportError:
    try:
        from _sha2 import sha256
    except ImportError:
        from hashlib import sha256

SKIPPED = {
    b'.git', b'__pycache__', b'.pytest_cache', b'.mypy_cache', b'.ruff_cache', b'.hypothesis', b'.tox', b'.nox', b'.venv',
    b'node_modules',
}
LARGEST = 5 * 1024 * 1024
MOST_FILES = 200000
MODES = {0o120000: b'120000', 0o100000: b'100644', 0o100100: b'100755'}

left_out = []


def walk(since, wanted):
    """Names, modes and stamps of all files in one list, and which of them are to be printed."""
    found = []
    asked = []
    folders = [b'']
    while folders:
        folder = folders.pop()
        prefix = folder + b'/' if folder else b''
        try:
            entries = sorted(os.scandir(folder or b'.'), key=name_of)
        except OSError:
            left_out.append((b'unreadable', folder))
            continue
        for entry in entries:
            name = entry.name
            if name.lower() in SKIPPED or name.endswith(b'.pyc'):
                continue
            path = prefix + name
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue  # Gone in the meantime.
            kind = status.st_mode & 0o170000
            mode = MODES.get(kind | (status.st_mode & 0o100 if kind == 0o100000 else 0))
            if mode is None:
                continue
            if status.st_size > LARGEST:
                left_out.append((b'large', path))
                continue
            # Neither number can be set by who works here: a change leaves a new time, another file is another inode.
            found += (path, mode, b'%x.%x' % (status.st_ino, status.st_ctime_ns))
            if status.st_ctime_ns >= since or path in wanted:
                asked.append((path, mode))
            if len(found) > 3 * MOST_FILES:
                raise SystemExit('there are more than %d files' % MOST_FILES)
    return found, asked


def name_of(entry):
    return entry.name


def content_of(path, mode):
    if mode == b'120000':
        return os.readlink(path)
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(fd, 'rb') as file:
        return file.read(LARGEST + 1)


def main(since, known, most_bytes):
    out = sys.stdout.buffer

    def say(*fields):
        out.write(b'\0'.join(fields) + b'\0')

    wanted = set(sys.stdin.buffer.read().split(b'\0'))
    looked = b'%d' % int(time.time() * 1e9)
    found, asked = walk(since, wanted)
    listing = b'\0'.join(found)
    digest = sha256(listing).hexdigest()
    say(os.fsencode(sys.executable), looked, digest.encode('ascii'), b'same' if digest == known else b'listing')
    if digest != known:
        say(*found, b'')
    for path, mode in asked:
        try:
            content = content_of(path, mode)
        except OSError:
            left_out.append((b'unreadable', path))
            continue
        if len(content) > LARGEST:
            left_out.append((b'large', path))
            continue
        if len(content) > most_bytes:
            left_out.append((b'excess', path))
            continue
        most_bytes -= len(content)
        say(path, b'%d' % len(content))
        out.write(content)
    say(b'')
    for reason, path in left_out[:100]:
        say(reason, path)
    out.flush()


main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
