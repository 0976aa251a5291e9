"""How well a column separates two classes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import rankdata


def area_of(labels: np.ndarray, values: np.ndarray) -> float:
    """AUC of numbers for labels of 0 and 1, as the Mann-Whitney statistic; 0.5 where a class is empty."""
    yes = np.asarray(labels, dtype=bool)
    count, other = int(yes.sum()), int((~yes).sum())
    if not count or not other:
        return 0.5
    return float((rankdata(values)[yes].sum() - count * (count + 1) / 2) / (count * other))


def separation(values: np.ndarray, labels: np.ndarray) -> float:
    """AUC of a column alone in its better direction, where it has values; of names by the share of ones at each name."""
    known = ~pd.isna(values)
    values, labels = values[known], np.asarray(labels)[known]
    if values.dtype.kind not in 'fi':
        values = pd.Series(labels.astype(float)).groupby(values).transform('mean').to_numpy()
    area = area_of(labels, values)
    return max(area, 1 - area)
