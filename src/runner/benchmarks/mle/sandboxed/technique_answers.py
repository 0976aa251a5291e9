"""Reads what an agent handed in, with distrust: sizes are limited before anything is read, links are not followed (the
grading sandbox holds the answers), and whatever is wrong is `Malformed` with a message that says what to do instead.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from technique_common import ROW_ID, Malformed, shorten

MAX_JSON_BYTES = 8 << 20
MAX_TABLE_BYTES = 64 << 20
MAX_LINE = 1 << 20
MAX_NUMBER = 1e15

Table = dict[str, list[str]]


def _bytes_of(folder: Path, name: str, limit: int) -> bytes:
    try:
        handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        raise Malformed(f'{name} is missing, or is no regular file') from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Malformed(f'{name} is no regular file')
        if status.st_size > limit:
            raise Malformed(f'{name} is larger than {limit >> 20} MiB')
        with open(handle, 'rb', closefd=False) as file:
            return file.read(limit + 1)
    finally:
        os.close(handle)


def _text_of(folder: Path, name: str, limit: int) -> str:
    try:
        text = _bytes_of(folder, name, limit).decode('utf-8-sig')
    except UnicodeDecodeError:
        raise Malformed(f'{name} is not encoded as UTF-8') from None
    if '\0' in text:
        raise Malformed(f'{name} holds NUL characters')
    return text


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """The object in a JSON file."""
    text = _text_of(folder, name, MAX_JSON_BYTES)
    try:
        # Digits without end would be slow to read, and count for nothing.
        value = json.loads(
            text, parse_int=lambda digits: int(digits) if len(digits) < 30 else math.nan
        )
    except (ValueError, RecursionError):
        raise Malformed(f'{name} is not JSON') from None
    if not isinstance(value, dict):
        raise Malformed(f'{name} must hold a JSON object')
    return value


def field_of(answer: dict[str, Any], key: str, kind: type, says: str) -> Any:
    value = answer.get(key)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Malformed(f'"{key}" must be {says}')
    return value


def choice_of(answer: dict[str, Any], key: str, vocabulary: Sequence[str]) -> str:
    value = answer.get(key)
    if not isinstance(value, str) or value not in vocabulary:
        raise Malformed(f'"{key}" must be one of {", ".join(vocabulary)}')
    return value


def number_of(value: object) -> float | None:
    """A finite JSON number; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def names_of(answer: dict[str, Any], key: str) -> list[str]:
    value = field_of(answer, key, list, 'a list of column names')
    if not all(isinstance(name, str) for name in value):
        raise Malformed(f'"{key}" must hold column names only')
    return value


def _lines(text: str, name: str) -> Iterator[str]:
    stream = io.StringIO(text, newline='')
    while line := stream.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise Malformed(f'{name} has a line of more than {MAX_LINE} characters')
        yield line


def _rows(text: str, name: str, limit: int) -> Iterator[list[str]]:
    reader = csv.reader(_lines(text, name))
    try:
        for number, row in enumerate(reader):
            if number > limit:
                raise Malformed(f'{name} has more than the {limit} rows that are expected')
            if row:
                yield row
    except csv.Error as problem:
        raise Malformed(f'{name} is not CSV: {problem}') from None


def read_table(
    folder: Path,
    name: str,
    *,
    ids: Sequence[str],
    columns: Sequence[str] | None = None,
    max_columns: int | None = None,
) -> Table:
    """A CSV file with one row for each of `ids` (in any order, named by `row_id`), in the order of `ids`.

    With `columns`, the file must have these beside `row_id`, in any order; else up to `max_columns` of its own.
    """
    rows = _rows(_text_of(folder, name, MAX_TABLE_BYTES), name, len(ids))
    header = [title.strip() for title in next(rows, [])]
    _check_header(header, name, columns, max_columns)
    position = {row_id: place for place, row_id in enumerate(ids)}
    found: list[list[str] | None] = [None] * len(ids)
    id_at = header.index(ROW_ID)
    for row in rows:
        if len(row) != len(header):
            raise Malformed(
                f'{name}: a row has {len(row)} fields where the header has {len(header)}'
            )
        row_id = row[id_at].strip()
        place = position.get(row_id, position.get(row_id[:-2] if row_id.endswith('.0') else row_id))
        if place is None:
            raise Malformed(f'{name}: {ROW_ID} "{shorten(row_id, 40)}" is not expected')
        if found[place] is not None:
            raise Malformed(f'{name}: {ROW_ID} {row_id} is there twice')
        found[place] = row
    whole = [row for row in found if row is not None]
    if len(whole) < len(ids):
        raise Malformed(f'{name}: {len(ids) - len(whole)} of {len(ids)} rows are missing')
    return {title: [row[at] for row in whole] for at, title in enumerate(header) if title != ROW_ID}


def _check_header(
    header: list[str], name: str, columns: Sequence[str] | None, max_columns: int | None
) -> None:
    if ROW_ID not in header:
        raise Malformed(f'{name} must have a header with the column {ROW_ID}')
    if len(set(header)) < len(header):
        raise Malformed(f'{name} has two columns of one name')
    own = [title for title in header if title != ROW_ID]
    if columns is not None and set(own) != set(columns):
        missing = [title for title in columns if title not in set(own)]
        wrong = [title for title in own if title not in set(columns)]
        problem = f'lacks "{missing[0]}"' if missing else f'has the unexpected column "{wrong[0]}"'
        raise Malformed(f'{name} {problem}')
    if max_columns is not None and len(own) > max_columns:
        raise Malformed(f'{name} has {len(own)} columns; at most {max_columns} are allowed')
    if not own:
        raise Malformed(f'{name} has no column but {ROW_ID}')


def numbers_of(table: Table, column: str, name: str) -> np.ndarray:
    """A column as finite numbers of a sane size."""
    try:
        values = np.array([float(text) for text in table[column]])
    except ValueError:
        raise Malformed(
            f'{name}: column "{shorten(column, 40)}" holds something that is no number'
        ) from None
    if not np.isfinite(values).all() or (np.abs(values) > MAX_NUMBER).any():
        raise Malformed(
            f'{name}: column "{shorten(column, 40)}" holds a number that is not finite or huge'
        )
    return values
