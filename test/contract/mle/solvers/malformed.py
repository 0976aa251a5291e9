"""Ways to break what was handed in. Each takes the folder with the reference's answers and breaks it in place."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

Fault = Callable[[Path], None]

JSON_FILES = {
    'imbalance': ['imbalance_analysis.json'],
    'missing': ['missing_analysis.json'],
    'encoding': ['encoding_analysis.json'],
    'cv': ['cv_analysis.json'],
    'scaling': ['scaling_analysis.json', 'params.json'],
    'leakage': ['leakage_analysis.json'],
}
TABLES = {
    'imbalance': ['predictions.csv'],
    'missing': ['imputed.csv'],
    'encoding': ['train_encoded.csv', 'test_encoded.csv'],
    'cv': ['folds.csv'],
    'scaling': ['train_scaled.csv', 'test_scaled.csv'],
    'leakage': [],
}


def each(files: list[str], change: Callable[[Path], None]) -> Fault:
    def fault(answers: Path) -> None:
        for name in files:
            change(answers / name)

    return fault


def replaced(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


def rewritten(change: Callable[[str], str], encoding: str = 'utf-8') -> Callable[[Path], None]:
    return lambda path: path.write_bytes(change(path.read_text()).encode(encoding)) and None


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def linked(path: Path) -> None:
    """To a file that is right: following it would score."""
    path.rename(path.with_suffix('.real'))
    path.symlink_to(path.with_suffix('.real'))


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def huge(path: Path) -> None:
    os.truncate(path, 10 << 30)


def every_value(value: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        answer = json.loads(path.read_text())
        path.write_text(json.dumps(dict.fromkeys(answer, value)))

    return change


def every_inner_value(value: Any) -> Callable[[Path], None]:
    """Objects and lists keep their shape; what is in them does not."""

    def change(path: Path) -> None:
        answer = json.loads(path.read_text())
        for key, inner in answer.items():
            answer[key] = (
                dict.fromkeys(inner, value)
                if isinstance(inner, dict)
                else [value for _ in inner]
                if isinstance(inner, list)
                else value
            )
        path.write_text(json.dumps(answer))

    return change


def cell(value: str) -> Callable[[str], str]:
    """The last cell of the second data row."""

    def change(text: str) -> str:
        lines = text.splitlines()
        lines[2] = lines[2].rpartition(',')[0] + ',' + value
        return '\n'.join(lines) + '\n'

    return change


def wider(text: str) -> str:
    head, *rows = text.splitlines()
    return '\n'.join([head + ',extra', *(row + ',1' for row in rows)]) + '\n'


def twice(text: str) -> str:
    lines = text.splitlines()
    return '\n'.join([*lines[:2], lines[1], *lines[3:]]) + '\n'


def mirrored(text: str) -> str:
    head, *rows = text.splitlines()
    return '\r\n'.join([head, *reversed(rows)]) + '\r\n'


def named(name: str) -> Callable[[str], str]:
    return lambda text: name + text[text.index(',') :]


WRONG_FILES: dict[str, Callable[[Path], None]] = {
    'gone': lambda path: path.unlink(),
    'folder': folder,
    'link': linked,
    'pipe': pipe,
    'empty': replaced(b''),
    'huge': huge,
    'utf-16': rewritten(lambda text: text, 'utf-16'),
    'binary': replaced(bytes(range(256)) * 40),
    'nul': rewritten(lambda text: text[:20] + '\0' + text[20:]),
}
WRONG_JSON: dict[str, Callable[[Path], None]] = {
    **WRONG_FILES,
    'list': replaced(b'[1, 2]'),
    'text': replaced(b'"imbalance"'),
    'number': replaced(b'1e999'),
    'one-word': replaced(b'done'),
    'deep': replaced(b'[' * 200_000),
    'digits': replaced(b'{"imbalance_ratio": ' + b'9' * 2_000_000 + b'}'),
    'no-keys': replaced(b'{}'),
    'nulls': every_value(None),
    'nans': every_value(float('nan')),
    'numbers': every_value(-1e308),
    'texts': every_value('none of these'),
    'flags': every_value([True]),
    'endless-list': every_value([0] * 1_000_000),
    'endless-object': every_value({str(number): 1 for number in range(100_000)}),
    'inner-nulls': every_inner_value(None),
    'inner-nans': every_inner_value(float('nan')),
    'inner-lists': every_inner_value([['MCAR', 'MAR', 'MNAR']]),
    'inner-objects': every_inner_value({'feature': {}, 'center': 'x'}),
    'surrogates': every_inner_value('\ud800'),
}
WRONG_TABLES: dict[str, Callable[[Path], None]] = {
    **WRONG_FILES,
    'header-only': rewritten(lambda text: text.splitlines()[0] + '\n'),
    'no-header': rewritten(lambda text: text.split('\n', 1)[1]),
    'row-gone': rewritten(lambda text: '\n'.join(text.splitlines()[:-1])),
    'row-twice': rewritten(twice),
    'row-more': rewritten(lambda text: text + text.splitlines()[1] + '\n'),
    'short-row': rewritten(lambda text: text.rstrip().rpartition(',')[0] + '\n'),
    'nan-cell': rewritten(cell('NaN')),
    'empty-cell': rewritten(cell('')),
    'infinite-cell': rewritten(cell('-inf')),
    'huge-cell': rewritten(cell('1e308')),
    'text-cell': rewritten(cell('a lot')),
    'long-cell': rewritten(cell('x' * 300_000)),
    'long-line': rewritten(lambda text: text + 'x' * (2 << 20)),
    'open-quote': rewritten(lambda text: text.replace(',', ',"', 2)),
    'no-id': rewritten(named('number')),
    'one-name': rewritten(lambda text: text.replace('row_id', 'row_id,row_id', 1)),
    'other-separator': rewritten(lambda text: text.replace(',', ';')),
}
# Nothing is wrong with these.
HARMLESS: dict[str, Callable[[Path], None]] = {
    'order-and-line-ends': rewritten(mirrored),
    'byte-order-mark': rewritten(lambda text: '\ufeff' + text),
    'float-ids': rewritten(
        lambda text: '\n'.join(
            line if not at else line.replace(',', '.0,', 1)
            for at, line in enumerate(text.splitlines())
        )
    ),
}
# An extra column is wrong where the columns are given, and a number that may be any where they are not.
EXTRA = {task: each(TABLES[task][-1:], rewritten(wider)) for task in TABLES}

FAULTS: dict[str, dict[str, Fault]] = {
    task: {
        **{f'json-{name}': each(JSON_FILES[task], change) for name, change in WRONG_JSON.items()},
        **{
            f'table-{name}': each(TABLES[task], change)
            for name, change in WRONG_TABLES.items()
            if TABLES[task]
        },
        **{
            f'fine-{name}': each(TABLES[task], change)
            for name, change in HARMLESS.items()
            if TABLES[task]
        },
        **({'table-extra': EXTRA[task]} if TABLES[task] else {}),
    }
    for task in JSON_FILES
}
