"""Runs one program on inputs, each as a fresh process, and prints what became of each as a JSON line."""
import base64
import json
import math
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

TAIL = 8192


def limit(limits):
    def apply():
        cpu = math.ceil(limits['cpuS'])
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits['outputBytes'] + 1, limits['outputBytes'] + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        room = limits['memoryBytes'] + 64 * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
    return apply


def end_of(status, used, limits):
    if used['cpuS'] > limits['cpuS']:
        return {'kind': 'cpu_limit'}
    if used['peakBytes'] > limits['memoryBytes']:
        return {'kind': 'memory_limit'}
    if os.WIFEXITED(status):
        return {'kind': 'exited', 'code': os.WEXITSTATUS(status)}
    number = os.WTERMSIG(status)
    if number == signal.SIGXFSZ:
        return {'kind': 'output_limit'}
    if number == signal.SIGXCPU:
        return {'kind': 'cpu_limit'}
    return {'kind': 'signalled', 'signal': signal.Signals(number).name}


def run(program, data, request):
    limits = request['limits']
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with open(os.path.join(folder, 'stdin'), 'wb+') as stdin:
            stdin.write(data)
            stdin.seek(0)
            os.unlink(stdin.name)
            if request['input']:
                with open(os.path.join(folder, request['input']), 'wb') as file:
                    file.write(data)
            started = time.monotonic()
            child = subprocess.Popen([sys.executable, program], stdin=stdin, stdout=out, stderr=err, cwd=folder,
                                     start_new_session=True, preexec_fn=limit(limits))
        late = False
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - started > limits['wallS'] and not late:
                late = True
                os.killpg(child.pid, signal.SIGKILL)
            time.sleep(0.001)
        used = {
            'cpuS': usage.ru_utime + usage.ru_stime,
            'wallS': time.monotonic() - started,
            'peakBytes': usage.ru_maxrss * 1024,
        }
        end = {'kind': 'wall_limit'} if late else end_of(status, used, limits)
        printed = out.seek(0, os.SEEK_END)
        out.seek(0)
        if printed > limits['outputBytes']:
            end = {'kind': 'output_limit'}
        err.seek(0, os.SEEK_END)
        err.seek(max(0, err.tell() - TAIL))
        said = err.read()
        if said.rstrip().endswith(b'MemoryError'):
            end = {'kind': 'memory_limit'}
        made = None
        if request['output'] and os.path.isfile(os.path.join(folder, request['output'])):
            with open(os.path.join(folder, request['output']), 'rb') as file:
                made = text(file.read())
        return dict(used, end=end, stdout=text(out.read(limits['outputBytes'])), stderr=text(said), outputFile=made)


def text(data):
    return base64.b64encode(data).decode('ascii')


def main():
    request = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, 'main.py')
        with open(program, 'w', encoding='utf-8') as file:
            file.write(request['source'])
        for data in request['inputs']:
            print(json.dumps(run(program, base64.b64decode(data), request)), flush=True)


main()
