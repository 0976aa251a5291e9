"""Runs many technique tasks in one interpreter, through the program's own command line, and prints a line of JSON each.

    driver.py PROGRAMS WORK < cases.json

A case is {task, seed, solvers, table?, target?, id?}, the table being one of tables.py. Solvers see a copy of the public
folder with nothing beside it. A line is {case, preparation, solver, result, truth, public, private}: the truth and the
digests of both folders are for tests to look at.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

sys.path[:0] = [sys.argv[1], str(Path(__file__).parent)]

import gaming  # noqa: E402
import malformed  # noqa: E402
import spoil  # noqa: E402
import tables  # noqa: E402
import technique  # noqa: E402

warnings.simplefilter('ignore')


def call(*arguments: object) -> dict[str, Any]:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        technique.main([str(argument) for argument in arguments])
    return json.loads(output.getvalue().splitlines()[-1])


def prepare(case: dict[str, Any], folder: Path) -> dict[str, Any]:
    options = [part for key in ('target', 'id') if key in case for part in (f'--{key}', case[key])]
    if 'table' in case:
        options += ['--data', tables.written(case['table'], folder.parent)]
    return call(
        'prepare', '--task', case['task'], '--seed', case['seed'], *options, '--out', folder
    )


def solve(task: str, solver: str, public: Path, answers: Path) -> None:
    """`reference`, a gaming solver, or `reference+FAULT`: the reference's answers with something broken in them."""
    name, _, fault = solver.partition('+')
    if name == 'reference':
        spoil.start_right(task, public, answers)
    else:
        gaming.SOLVERS[task][name](public, answers)
    if fault:
        malformed.FAULTS[task][fault](answers)


def every(task: str, solvers: list[str]) -> list[str]:
    """`reference+*` stands for every fault."""
    faults = [f'reference+{fault}' for fault in malformed.FAULTS[task]]
    return [
        solver for named in solvers for solver in (faults if named == 'reference+*' else [named])
    ]


def digest(folder: Path) -> str:
    """Of names and bytes."""
    known = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        known.update(path.name.encode() + b'\0' + path.read_bytes())
    return known.hexdigest()


def run(case: dict[str, Any], folder: Path) -> None:
    preparation = prepare(case, folder)
    truth = json.loads((folder / 'private' / 'truth.json').read_text())
    digests = {name: digest(folder / name) for name in ('public', 'private')}
    seen = folder.with_name(f'{folder.name}-seen')
    shutil.copytree(folder / 'public', seen / 'data')
    for solver in every(case['task'], case['solvers']):
        answers = seen / solver
        answers.mkdir()
        if preparation['applicable']:
            solve(case['task'], solver, seen / 'data', answers)
        result = call('grade', '--dir', folder, '--answers', answers)
        line = {
            'case': case,
            'preparation': preparation,
            'solver': solver,
            'result': result,
            'truth': truth,
        }
        print(json.dumps({**line, **digests}, allow_nan=False), flush=True)
    shutil.rmtree(folder)
    shutil.rmtree(seen)


if __name__ == '__main__':
    for number, case in enumerate(json.load(sys.stdin)):
        run(case, Path(sys.argv[2]) / f'case-{number}')
