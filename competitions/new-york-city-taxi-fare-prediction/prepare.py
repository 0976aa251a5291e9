"""Kaggle's train.csv has 55 million rows. Its lines are put into their new order as they are, without being read as a table,
so that the memory of a small machine is enough."""

import mmap
from pathlib import Path
from typing import BinaryIO, Iterable

import numpy as np
import pandas as pd

from mle_api import place, raw_file, split, write_csv

# As many as in Kaggle's test set.
TEST_ROWS = 9914
CHUNK_BYTES = 1 << 26


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    with raw_file(raw, 'train.csv').open('rb') as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as lines:
        ends = _line_ends(lines)
        train, test = split(np.arange(1, len(ends)), TEST_ROWS)
        # Not train.csv: MLE-bench calls it so.
        with (public / 'labels.csv').open('wb') as target:
            _write_lines(target, lines, ends, train)
        with (private / 'test.csv').open('wb') as target:
            _write_lines(target, lines, ends, test)

    rides = pd.read_csv(private / 'test.csv', float_precision='round_trip')
    write_csv(rides.drop(columns='fare_amount'), public / 'test.csv')
    # The mean fare, as in Kaggle's sample submission.
    write_csv(rides[['key']].assign(fare_amount=11.35), public / 'sample_submission.csv')
    coupons = raw / 'GCP-Coupons-Instructions.rtf'
    if coupons.is_file():
        place(coupons, public / coupons.name)
    return {'train': len(train), 'test': len(test)}


def _line_ends(lines: mmap.mmap) -> np.ndarray:
    """Where each line ends, behind its newline; the header is the first. No field of this table has a newline."""
    parts = []
    for start in range(0, len(lines), CHUNK_BYTES):
        chunk = np.frombuffer(lines[start : start + CHUNK_BYTES], dtype=np.uint8)
        parts.append(np.flatnonzero(chunk == ord('\n')) + (start + 1))
    ends = np.concatenate(parts)
    # A last line without a newline.
    return ends if lines[-1:] == b'\n' else np.append(ends, len(lines))


def _write_lines(target: BinaryIO, lines: mmap.mmap, ends: np.ndarray, chosen: Iterable[int]) -> None:
    target.write(lines[: ends[0]].rstrip(b'\r\n') + b'\n')
    for line in chosen:
        target.write(lines[ends[line - 1] : ends[line]].rstrip(b'\r\n') + b'\n')
