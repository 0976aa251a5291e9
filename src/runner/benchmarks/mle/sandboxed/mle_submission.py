"""Reads a submission that anybody may have written, in bounded memory, or says why it cannot be read.

The file is read once, as a stream, and only the columns that are asked for are kept, so its size, its number of rows and
the length of a line are limited before anything grows. A reason names the row (1 is the first below the header) and the
column, and shows only what the submission itself says.
"""

import csv
import gc
import io
import json
import os
import re
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Iterator, Literal, Mapping, Optional, Sequence, TextIO

import numpy as np

from mle_api import InvalidSubmission

# numbers: finite. whole: finite and without a fraction. text: as it stands.
Kind = Literal['number', 'whole', 'text']

MOST_BYTES = 1 << 30
_MOST_LINE = 4 << 20
_MOST_FIELD = 1 << 20
# Of what is read at a time, before the columns that matter are taken from it.
_CHUNK_ROWS = 20_000
_CHUNK_CHARACTERS = 8 << 20

_MAGIC = [
    (b'PK\x03\x04', 'a zip'),
    (b'PK\x05\x06', 'a zip'),
    (b'\x1f\x8b', 'compressed by gzip'),
    (b'BZh', 'compressed by bzip2'),
    (b'\xfd7zXZ', 'compressed by xz'),
    (b'\x28\xb5\x2f\xfd', 'compressed by zstd'),
    (b'7z\xbc\xaf', 'a 7z archive'),
    (b'PAR1', 'a Parquet file'),
    (b'ARROW1', 'an Arrow file'),
    (b'\x89HDF', 'an HDF5 file'),
    (b'SQLite format 3', 'an SQLite database'),
    (b'\xd0\xcf\x11\xe0', 'an Excel file'),
    (b'%PDF', 'a PDF'),
    (b'\x89PNG', 'a picture'),
    (b'\xff\xd8\xff', 'a picture'),
]
_WIDE = [b'\xff\xfe\x00\x00', b'\x00\x00\xfe\xff', b'\xff\xfe', b'\xfe\xff']
# What float() takes and a CSV does not mean: 1_000, and digits of other scripts.
_NUMBER = re.compile(r'[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?', re.ASCII)


@dataclass(frozen=True)
class Columns:
    """The columns that were asked for, by name: float64, int64 or lists of text."""

    rows: int
    values: Mapping[str, Sequence]


def quoted(text: str) -> str:
    """A value of the submission as it is shown in a reason."""
    return json.dumps(text if len(text) <= 60 else f'{text[:60]}…', ensure_ascii=False)


def read_columns(
    path: Path,
    kinds: Mapping[str, Kind],
    *,
    most_rows: Optional[int] = None,
    most_bytes: int = MOST_BYTES,
    others_allowed: bool = True,
) -> Columns:
    """Reads columns of a CSV file.

    most_rows: reading stops, and the submission is refused, at the first row above it.
    others_allowed: whether there may be columns that nobody asked for; they are not kept.
    """
    with _opened(path, most_bytes) as text, _no_collection():
        table = _Table(text)
        header = table.header(kinds, others_allowed)
        kept = [_Column(name, kind, header.index(name)) for name, kind in kinds.items()]
        for chunk in table.chunks(most_rows):
            for column in kept:
                column.take(chunk, table.rows - len(chunk))
        return Columns(table.rows, {column.name: column.whole() for column in kept})


@contextmanager
def _no_collection() -> Iterator[None]:
    """Rows make no cycles; to look for some in millions of them takes as long as reading them."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def read_own(path: Path, kinds: Mapping[str, Kind]) -> Columns:
    """Columns of a file of the competition's own, of any size. What is wrong with it is no fault of a submission."""
    try:
        return read_columns(path, kinds, most_bytes=1 << 62)
    except InvalidSubmission as error:
        raise ValueError(f'{path.name} of the competition cannot be used: {error}') from error


def header_of(path: Path) -> list[str]:
    """The names of the columns of a file of the competition's own."""
    with _opened(path, 1 << 62) as text:
        return _Table(text).header({}, True)


def read_text(path: Path, *, most_rows: int, most_bytes: int = MOST_BYTES) -> str:
    """The text of a CSV file that is whole: for graders that read it by themselves."""
    with _opened(path, most_bytes) as text:
        table = _Table(text)
        table.header({}, True)
        for _ in table.chunks(most_rows):
            pass
        text.seek(0)
        return text.read()


def _opened(path: Path, most_bytes: int) -> TextIO:
    """The file, when it is one: never what a link leads to, which may be the answers."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise InvalidSubmission('there is no submission') from None
    except OSError:
        raise InvalidSubmission('it is a link or cannot be opened; hand in the file itself') from None
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InvalidSubmission('it is a folder; hand in one CSV file')
    file = os.fdopen(descriptor, 'rb')
    try:
        _check_file(file, most_bytes)
    except BaseException:
        file.close()
        raise
    return io.TextIOWrapper(file, encoding='utf-8-sig', errors='strict', newline='')


def _check_file(file: BinaryIO, most_bytes: int) -> None:
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise InvalidSubmission('it is not a file; hand in one CSV file')
    if status.st_size == 0:
        raise InvalidSubmission('it is empty')
    if status.st_size > most_bytes:
        raise InvalidSubmission(f'it has {status.st_size} bytes, and {most_bytes} at most are read')
    head = file.read(4096)
    file.seek(0)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            raise InvalidSubmission(f'it is {kind}; hand in the CSV file itself')
    if any(head.startswith(mark) for mark in _WIDE):
        raise InvalidSubmission('it is UTF-16 or UTF-32 text; save it as UTF-8')
    if b'\0' in head:
        raise InvalidSubmission('it is a binary file or not UTF-8; hand in CSV text in UTF-8')


class _Table:
    """A CSV file, row by row. `rows`: how many were read so far."""

    def __init__(self, text: TextIO):
        csv.field_size_limit(_MOST_FIELD)
        self.rows = 0
        self._width = 0
        self._characters = 0
        # Blank lines are no rows.
        self._reader = filter(None, csv.reader(self._lines(text), strict=True))

    def header(self, kinds: Mapping[str, Kind], others_allowed: bool) -> list[str]:
        with self._explained():
            header = [name.strip() for name in next(self._reader, [])]
        self._width = len(header)
        if not header:
            raise InvalidSubmission('it is empty')
        _check_header(header, kinds, others_allowed)
        return header

    def chunks(self, most_rows: Optional[int]) -> Iterator[list[list[str]]]:
        """All rows below the header, some at a time."""
        most = most_rows if most_rows is not None else 1 << 62
        while chunk := self._chunk(most):
            yield chunk
        if self.rows == 0:
            raise InvalidSubmission('it has a header, and no row below it')

    def _chunk(self, most_rows: int) -> list[list[str]]:
        chunk: list[list[str]] = []
        until = self._characters + _CHUNK_CHARACTERS
        with self._explained():
            for row in self._reader:
                self.rows += 1
                if len(row) != self._width:
                    raise InvalidSubmission(f'row {self.rows} has {len(row)} fields, where the header has {self._width}')
                if self.rows > most_rows:
                    raise InvalidSubmission(f'it has more than {most_rows} rows')
                chunk.append(row)
                if len(chunk) == _CHUNK_ROWS or self._characters > until:
                    break
        return chunk

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError as error:
            # The text is decoded ahead of the row, so the row is not known.
            byte = error.object[error.start]
            raise InvalidSubmission(f'it is not UTF-8 (byte 0x{byte:02x}); save it as UTF-8') from None
        except csv.Error as error:
            where = 'the header' if self._width == 0 else f'row {self.rows + 1}'
            raise InvalidSubmission(f'{where} is not CSV: {error}') from None

    def _lines(self, text: TextIO) -> Iterator[str]:
        number = 0
        while line := text.readline(_MOST_LINE):
            number += 1
            self._characters += len(line)
            if len(line) >= _MOST_LINE:
                raise InvalidSubmission(f'line {number} has more than {_MOST_LINE} characters')
            if '\0' in line:
                raise InvalidSubmission(f'line {number} has a NUL character')
            yield line


def _check_header(header: list[str], kinds: Mapping[str, Kind], others_allowed: bool) -> None:
    missing = [name for name in kinds if name not in header]
    if missing:
        hint = '; columns are separated by commas' if len(header) == 1 and re.search(r'[;\t|]', header[0]) else ''
        found = _some([quoted(name) for name in header])
        raise InvalidSubmission(f'the header lacks {_some(missing)}: it is {found}{hint}')
    twice = sorted(name for name in kinds if header.count(name) > 1)
    if twice:
        raise InvalidSubmission(f'the column {quoted(twice[0])} stands more than once in the header')
    others = [name for name in header if name not in kinds]
    if others and not others_allowed:
        raise InvalidSubmission(f'the column {quoted(others[0])} is not expected')


def _some(names: Sequence[str]) -> str:
    return ', '.join(names[:12]) + (', …' if len(names) > 12 else '')


class _Column:
    def __init__(self, name: str, kind: Kind, place: int):
        self.name = name
        self._kind = kind
        self._place = place
        self._parts: list = []

    def take(self, chunk: list[list[str]], before: int) -> None:
        texts = [row[self._place] for row in chunk]
        self._parts.append(texts if self._kind == 'text' else self._numbers(texts, before))

    def whole(self) -> Sequence:
        if self._kind == 'text':
            return [text for part in self._parts for text in part]
        return np.concatenate(self._parts)

    def _numbers(self, texts: list[str], before: int) -> np.ndarray:
        # The quick way first; which row is wrong is only asked when one is.
        try:
            numbers = np.array([float(text) for text in texts], dtype=np.float64)
        except ValueError:
            numbers = np.full(len(texts), np.nan)
        fits = np.isfinite(numbers).all() and not any('_' in text or not text.isascii() for text in texts)
        if not fits:
            self._refuse(texts, before)
        if self._kind == 'number':
            return numbers
        whole = numbers == np.floor(numbers)
        # Above this, floats do not tell one whole number from the next.
        whole &= np.abs(numbers) < 2**53
        if not whole.all():
            row = int(np.argmin(whole))
            self._say(before + row, texts[row], 'is not a whole number')
        return numbers.astype(np.int64)

    def _refuse(self, texts: list[str], before: int) -> None:
        for row, text in enumerate(texts):
            value = text.strip()
            if value == '':
                raise InvalidSubmission(f'row {before + row + 1}: {quoted(self.name)} is empty')
            if value.lower().lstrip('+-') in ('nan', 'inf', 'infinity', 'na', 'null', 'none', '<na>'):
                self._say(before + row, text, 'is not a finite number')
            if not _NUMBER.fullmatch(value):
                self._say(before + row, text, 'is not a number')
            if not np.isfinite(float(value)):
                self._say(before + row, text, 'is not a finite number')

    def _say(self, row: int, text: str, what: str) -> None:
        raise InvalidSubmission(f'row {row + 1}: {quoted(self.name)} is {quoted(text)}, which {what}')
