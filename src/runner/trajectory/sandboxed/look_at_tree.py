# Looks at the files below the working folder and prints what the host does not know of them yet.
#
# Arguments: a time in nanoseconds and the digest of the listing that the host has. On stdin: names that are wanted in any
# case, each with a NUL behind it. Prints a line of JSON (when it looked, the digest, the listing where the digest is
# another one), then every file whose inode changed since that time: a line of JSON with its name and size, then its
# bytes; and a last line of JSON with what was left out. Names are bytes, each a character of Latin-1.
import hashlib
import json
import os
import sys
import time

SKIPPED = {
    b'.git', b'__pycache__', b'.pytest_cache', b'.mypy_cache', b'.ruff_cache', b'.hypothesis', b'.tox', b'.nox', b'.venv',
    b'node_modules',
}
LARGEST = 5 * 1024 * 1024
MOST_FILES = 200000
MOST_BYTES = int(sys.argv[3])


def name_of(path):
    return path.decode('latin-1')


class Tree:
    def __init__(self):
        self.entries = []
        self.times = {}
        self.large = []
        self.unreadable = []

    def walk(self):
        folders = [b'']
        while folders:
            folder = folders.pop()
            try:
                with os.scandir(folder or b'.') as found:
                    for entry in found:
                        self.add(entry, os.path.join(folder, entry.name), folders)
            except OSError:
                self.unreadable.append(name_of(folder))
        self.entries.sort()

    def add(self, entry, path, folders):
        lower = entry.name.lower()
        if lower in SKIPPED or lower.endswith(b'.pyc'):
            return
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return  # Gone in the meantime.
        kind = status.st_mode & 0o170000
        if kind == 0o040000:
            folders.append(path)
            return
        if kind == 0o120000:
            mode = '120000'
        elif kind == 0o100000:
            mode = '100755' if status.st_mode & 0o100 else '100644'
        else:
            return
        if status.st_size > LARGEST:
            self.large.append(name_of(path))
            return
        if len(self.entries) >= MOST_FILES:
            raise SystemExit('there are more than %d files' % MOST_FILES)
        # Neither number can be set by who works here: a change leaves a new time, another file is another inode.
        self.entries.append((name_of(path), mode, '%x.%x' % (status.st_ino, status.st_ctime_ns)))
        self.times[path] = (status.st_ctime_ns, mode)


def content_of(path, mode):
    if mode == '120000':
        return os.readlink(path)
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(fd, 'rb') as file:
        return file.read(LARGEST + 1)


def main():
    since, known = int(sys.argv[1]), sys.argv[2]
    wanted = set(sys.stdin.buffer.read().split(b'\0'))
    looked = int(time.time() * 1e9)
    tree = Tree()
    tree.walk()
    digest = hashlib.sha256(json.dumps(tree.entries).encode('ascii')).hexdigest()
    out = sys.stdout.buffer

    def say(value):
        out.write(json.dumps(value).encode('ascii') + b'\n')

    say({'looked': str(looked), 'digest': digest, 'entries': None if digest == known else tree.entries})
    total = 0
    for path, (changed, mode) in tree.times.items():
        if changed < since and path not in wanted:
            continue
        try:
            content = content_of(path, mode)
        except OSError:
            tree.unreadable.append(name_of(path))
            continue
        total += len(content)
        if total > MOST_BYTES:
            raise SystemExit('the files have more than %d bytes' % MOST_BYTES)
        if len(content) > LARGEST:
            tree.large.append(name_of(path))
            continue
        say([name_of(path), len(content)])
        out.write(content)
    say({'large': tree.large[:100], 'unreadable': tree.unreadable[:100]})
    out.flush()


main()
