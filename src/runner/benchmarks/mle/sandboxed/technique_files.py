"""The tables of a task on disk: how values are written, and read again as they stand there."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from technique_common import ROW_ID


def write_table(path: Path, columns: Mapping[str, Any], start: int = 0) -> None:
    """CSV with `row_id` first. Numbers have six digits, gaps are empty fields."""
    written = [[_cell(value) for value in column] for column in columns.values()]
    rows = len(written[0])
    ids = [str(number) for number in range(start, start + rows)]
    with path.open('w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow([ROW_ID, *columns])
        writer.writerows(zip(ids, *written))


def _cell(value: Any) -> str:
    if is_gap(value):
        return ''
    return f'{value:.6g}' if isinstance(value, float) else str(value)


def load_table(path: Path) -> dict[str, list[str]]:
    """A table that `write_table` wrote, as it stands there."""
    with path.open(encoding='utf-8', newline='') as file:
        header, *rows = csv.reader(file)
    return {title: [row[place] for row in rows] for place, title in enumerate(header)}


def floats(cells: list[str]) -> np.ndarray:
    return np.array([float(cell) if cell else np.nan for cell in cells])


def is_gap(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA


def places(values: Any) -> np.ndarray:
    """The place of each value in their order; equal values in the order that they stand in, with every numpy."""
    return np.argsort(np.argsort(values, kind='stable'), kind='stable')


def six_digits(value: float) -> float:
    return float(f'{value:.6g}')
