"""What solvers share: the public folder as an agent reads it, and files as it writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.metrics import roc_auc_score


def read(public: Path) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    task = json.loads((public / 'task.json').read_text())
    return pd.read_csv(public / 'train.csv'), pd.read_csv(public / 'test.csv'), task


def say(answers: Path, file: str, value: Any) -> None:
    (answers / file).write_text(json.dumps(value, default=lambda number: number.item()))


def is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column)


def separation(column: pd.Series, flag: pd.Series) -> float:
    """AUC of a column alone for a flag, of names by the share of the flag at each name."""
    known = column.notna()
    column, flag = column[known], flag[known].astype(int)
    if flag.nunique() < 2:
        return 0.5
    if not is_number(column):
        column = flag.groupby(column).transform('mean')
    area = roc_auc_score(flag, column)
    return max(area, 1 - area)
