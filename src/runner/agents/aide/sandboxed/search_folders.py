"""Moves the files of a search over solutions, so that what is handed in is always that of the best one.

Reads one request as JSON from stdin and prints one JSON line. `code`, `submission` and `logs` are folders; a node's files
are in LOGS/nodes/N. The files of the node that stands are in SUBMISSION while nothing runs, and nowhere else.

  {"do": "begin", "standing": 3}             makes room for a run; node 3's files wait in its own folder
  {"do": "collect", "node": 4, "standing": 3, "most_bytes": N, "wanted": [names], "program": text}
                                             takes what the run left as node 4's, puts node 3's files back
  {"do": "settle", "was": 3, "stands": 4, "drop": [1, 2], "program": text, "journal": "one line"}
                                             another node stands, some lose their files, the journal grows
  {"do": "restore", "standing": 3}           a run was cut off: node 3's files come back

Programs are given with the request, and folders may be gone or be something else: the run could have done anything to them.
"""
import json
import os
import shutil
import sys

KEPT_PROGRAMS = {'solution.py', 'best_solution.py'}
LISTED_FILES = 20
# Without this much room not even the journal can go on.
LEAST_ROOM = 16 * 1024 * 1024


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        try:
            os.unlink(path)
        except OSError:
            pass


def make(folder):
    if os.path.islink(folder) or os.path.isfile(folder):
        os.unlink(folder)
    os.makedirs(folder, exist_ok=True)


def write(path, text, mode='w'):
    make(os.path.dirname(path))
    if os.path.islink(path) or not os.path.isfile(path):
        remove(path)
    with open(path, mode, encoding='utf-8') as file:
        file.write(text)


def empty(folder, kept=frozenset()):
    make(folder)
    for name in os.listdir(folder):
        if name not in kept:
            remove(os.path.join(folder, name))


def move_all(source, target):
    """Moves all entries of a folder. What is a link to a file becomes the file: a link alone hands nothing in."""
    make(target)
    if not os.path.isdir(source):
        return
    for name in sorted(os.listdir(source)):
        old, new = os.path.join(source, name), os.path.join(target, name)
        remove(new)
        if os.path.islink(old):
            if os.path.isfile(old):
                shutil.copyfile(old, new)
            remove(old)
        else:
            shutil.move(old, new)


def files_below(folder, wanted):
    found = []
    for path, _, names in os.walk(folder):
        for name in names:
            whole = os.path.join(path, name)
            if os.path.isfile(whole) and not os.path.islink(whole):
                found.append({'name': os.path.relpath(whole, folder), 'bytes': os.path.getsize(whole)})
    return sorted(found, key=lambda file: (file['name'] not in wanted, file['name']))


class Folders:
    def __init__(self, request):
        self.code = request['code']
        self.submission = request['submission']
        self.logs = request['logs']

    def node(self, node, *names):
        return os.path.join(self.logs, 'nodes', str(node), *names)

    def put_back(self, standing):
        if standing is not None:
            move_all(self.node(standing, 'submission'), self.submission)

    def begin(self, request):
        if request['standing'] is not None:
            move_all(self.submission, self.node(request['standing'], 'submission'))
        empty(self.submission)
        empty(self.code, KEPT_PROGRAMS)
        return {}

    def restore(self, request):
        empty(self.submission)
        self.put_back(request['standing'])
        return {}

    def collect(self, request):
        own = self.node(request['node'], 'submission')
        empty(self.code, KEPT_PROGRAMS)
        make(self.submission)
        files = files_below(self.submission, request['wanted'])
        size = sum(file['bytes'] for file in files)
        problem = None
        if size > request['most_bytes']:
            problem = 'it hands in %d bytes, more than the %d that are taken' % (size, request['most_bytes'])
        elif shutil.disk_usage(self.submission).free < LEAST_ROOM:
            problem = 'it filled the disk'
        if problem is None:
            move_all(self.submission, own)
        empty(self.submission)
        self.put_back(request['standing'])
        write(self.node(request['node'], 'solution.py'), request['program'])
        return {'files': files[:LISTED_FILES], 'count': len(files), 'bytes': size, 'problem': problem}

    def settle(self, request):
        was, stands = request['was'], request['stands']
        for node in request['drop']:
            remove(self.node(node, 'submission'))
        if stands != was:
            if was is not None:
                move_all(self.submission, self.node(was, 'submission'))
            self.put_back(stands)
            write(os.path.join(self.code, 'best_solution.py'), request['program'])
        write(os.path.join(self.logs, 'journal.jsonl'), request['journal'], 'a')
        return {}


def main():
    request = json.load(sys.stdin)
    folders = Folders(request)
    actions = {
        'begin': folders.begin,
        'collect': folders.collect,
        'settle': folders.settle,
        'restore': folders.restore,
    }
    print(json.dumps(actions[request['do']](request)))


if __name__ == '__main__':
    main()
