"""What the judge is compared with: `python3 main.py` for every input, in a new folder, with the input as a file on stdin.

Reads a JSON list of {source, inputs} and prints a JSON line for each program: a list of {stdout, code} (negative: a
signal), bytes as base64.
"""
import base64
import json
import os
import resource
import subprocess
import sys
import tempfile

LIMITS = json.loads(sys.argv[1])


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (LIMITS['cpuS'], LIMITS['cpuS'] + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(source, data):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as out:
        stdin.write(data)
        stdin.seek(0)
        with open(os.path.join(folder, 'main.py'), 'wb') as file:
            file.write(source)
        child = subprocess.run(['python3', 'main.py'], stdin=stdin, stdout=out, stderr=subprocess.DEVNULL, cwd=folder,
                               preexec_fn=limit, start_new_session=True)
        out.seek(0)
        return {'stdout': base64.b64encode(out.read()).decode('ascii'), 'code': child.returncode}


for program in json.load(sys.stdin):
    source = program['source'].encode('utf-8')
    results = [run(source, base64.b64decode(data)) for data in program['inputs']]
    print(json.dumps(results), flush=True)
