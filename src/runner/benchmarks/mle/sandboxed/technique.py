"""Technique tasks: `prepare` makes one from a table and a seed, `grade` scores what an agent handed in.

    technique.py prepare --task NAME --seed N [--data CSV [--target COL] [--id COL]] --out DIR
    technique.py grade --dir DIR --answers DIR

Both print one line of JSON and exit with 0; everything else is a failure of theirs, never of an agent's. DIR/public is
what the agent sees (train.csv, test.csv, task.json), DIR/private is the truth. Without --data the table is generated.
Equal input and seed make equal public bytes. Whoever knows the seed and this code can make the truth of a generated
table, so the seed is not in the public folder and should be large where agents are not trusted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

# Before numpy is loaded: the order of sums, and so the last digits, must not depend on how many cores a machine has; and
# in a sandbox that may use one of many cores, threads only wait for each other.
for variable in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'):
    os.environ[variable] = '1'

import technique_cv  # noqa: E402
import technique_encoding  # noqa: E402
import technique_imbalance  # noqa: E402
import technique_leakage  # noqa: E402
import technique_missing  # noqa: E402
import technique_scaling  # noqa: E402
from technique_common import (  # noqa: E402
    PASS_MARK,
    Case,
    Handout,
    NotApplicable,
    Unusable,
    generator,
    total,
)
from technique_files import load_table, write_table  # noqa: E402
from technique_table import generated, read_source  # noqa: E402

TASKS = {
    'imbalance': technique_imbalance,
    'missing': technique_missing,
    'encoding': technique_encoding,
    'cv': technique_cv,
    'scaling': technique_scaling,
    'leakage': technique_leakage,
}


def prepare(options: argparse.Namespace) -> dict[str, Any]:
    rng = generator(options.seed, options.task)
    public, private = options.out / 'public', options.out / 'private'
    public.mkdir(parents=True, exist_ok=True)
    private.mkdir(parents=True, exist_ok=True)
    reason = None
    try:
        if options.data is None:
            source = generated(rng)
        else:
            source = read_source(options.data, rng, target=options.target, id_column=options.id)
        _write(
            TASKS[options.task].prepare(source, rng, options.seed), public, private, options.task
        )
    except NotApplicable as problem:
        reason = str(problem)
        _write_json(
            private / 'truth.json', {'task': options.task, 'applicable': False, 'reason': reason}
        )
        _write_json(
            public / 'task.json', {'task': options.task, 'applicable': False, 'reason': reason}
        )
    return {'task': options.task, 'applicable': reason is None, 'reason': reason}


def _write(case: Case, public: Path, private: Path, task: str) -> None:
    rows = len(next(iter(case.train.values())))
    write_table(public / 'train.csv', case.train)
    write_table(public / 'test.csv', case.test, start=rows)
    _write_json(public / 'task.json', {'task': task, **case.task, 'pass_mark': PASS_MARK})
    for name, columns in case.private.items():
        write_table(private / f'{name}.csv', columns, start=rows if name.startswith('test') else 0)
    _write_json(private / 'truth.json', {'task': task, 'applicable': True, **case.truth})


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, allow_nan=False) + '\n', encoding='utf-8')


def grade(options: argparse.Namespace) -> dict[str, Any]:
    truth = json.loads((options.dir / 'private' / 'truth.json').read_text(encoding='utf-8'))
    task = truth['task']
    if not truth['applicable']:
        return _result(task, None, truth['reason'], [])
    private = {path.stem: load_table(path) for path in (options.dir / 'private').glob('*.csv')}
    handout = Handout(
        train=load_table(options.dir / 'public' / 'train.csv'),
        test=load_table(options.dir / 'public' / 'test.csv'),
        truth=truth,
        private=private,
        answers=options.answers,
    )
    checks = TASKS[task].grade(handout)
    score = total(checks)
    lost = [f'{part.name}: {part.message}' for part in checks if part.score < 1]
    return _result(
        task, score, '; '.join(lost) or 'every part is right', [vars(part) for part in checks]
    )


def _result(
    task: str, score: float | None, message: str, checks: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        'task': task,
        'score': score,
        'passed': score is not None and score >= PASS_MARK,
        'not_applicable': score is None,
        'message': message,
        'checks': checks,
    }


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError('a seed is a whole number, 0 or more')
    return int(text)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog='technique.py')
    commands = parser.add_subparsers(dest='command', required=True)
    making = commands.add_parser('prepare')
    making.add_argument('--task', required=True, choices=TASKS)
    making.add_argument('--seed', required=True, type=_seed)
    making.add_argument('--data', type=Path)
    making.add_argument('--target')
    making.add_argument('--id')
    making.add_argument('--out', required=True, type=Path)
    grading = commands.add_parser('grade')
    grading.add_argument('--dir', required=True, type=Path)
    grading.add_argument('--answers', required=True, type=Path)
    options = parser.parse_args(arguments)
    try:
        result = prepare(options) if options.command == 'prepare' else grade(options)
    except Unusable as problem:
        sys.exit(f'technique.py: {problem}')
    print(json.dumps(result, allow_nan=False))


if __name__ == '__main__':
    main()
