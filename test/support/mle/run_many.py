"""Runs programs of sandboxes many times, each in a process of its own, without starting an interpreter for each.

    run_many.py PROGRAMS

PROGRAMS is the folder of the programs. Reads lines, each a list of cases, {"program": "mle_grade.py", "argv": [...]}, and
answers each with a line, a list of {"status", "stdout", "stderr"} in the order of the cases, until there are no more. The
slow imports are done once, before the first fork.
"""

import importlib
import json
import os
import runpy
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any


def run(programs: Path, case: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(stdout.fileno(), 1)
            os.dup2(stderr.fileno(), 2)
            os._exit(run_here(programs, case))
        _, status = os.waitpid(child, 0)
        texts = []
        for file in (stdout, stderr):
            file.seek(0)
            texts.append(file.read().decode('utf-8', 'replace'))
    return {'status': os.waitstatus_to_exitcode(status), 'stdout': texts[0], 'stderr': texts[1]}


def run_here(programs: Path, case: dict[str, Any]) -> int:
    sys.argv = [case['program'], *case['argv']]
    status = 0
    try:
        runpy.run_path(str(programs / case['program']), run_name='__main__')
    except SystemExit as exit:
        status = exit.code if isinstance(exit.code, int) else 1
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def main() -> None:
    programs = Path(sys.argv[1])
    sys.path.insert(0, str(programs))
    sys.dont_write_bytecode = True
    for module in ('pandas', 'PIL.Image', 'sklearn.metrics', 'sklearn.model_selection'):
        importlib.import_module(module)
    for program in programs.glob('mle_*.py'):
        importlib.import_module(program.stem)

    for line in sys.stdin:
        print(json.dumps([run(programs, case) for case in json.loads(line)]), flush=True)


if __name__ == '__main__':
    main()
