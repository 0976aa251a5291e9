"""What the judge is compared with: `python3 main.py` for each input, spawned by one long-lived process.

Reads {source, inputs} as JSON and prints the milliseconds that all of them took together.
"""
import json
import os
import resource
import subprocess
import sys
import tempfile
import time


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (10, 11))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 24, 1 << 24))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


request = json.load(sys.stdin)
with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, 'main.py'), 'w') as file:
        file.write(request['source'])
    started = time.perf_counter()
    for text in request['inputs']:
        with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            stdin.write(text.encode())
            stdin.seek(0)
            child = subprocess.Popen(['python3', 'main.py'], stdin=stdin, stdout=out, stderr=err, cwd=folder,
                                     preexec_fn=limit, start_new_session=True)
            assert os.wait4(child.pid, 0)[1] == 0
            out.seek(0)
            assert out.read()
    print((time.perf_counter() - started) * 1000)
