"""Cuts gaps into complete columns, by a mechanism that the evidence in both files decides (see technique_missing)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp, rankdata
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

from technique_common import NotApplicable, clip01, pick, share
from technique_measures import separation

MECHANISMS = {
    'MCAR': 'gaps follow nothing: no other column tells which rows have one, and the values that are there are '
    'distributed as in test.csv',
    'MAR': 'gaps follow another column: there is one that separates rows with a gap from rows without (AUC of 0.9 and '
    'more)',
    'MNAR': 'gaps follow the missing value itself: no other column separates the rows that well (AUC below 0.87), but '
    'the values that are there are distributed otherwise than in test.csv',
}


MAR_LIMIT = 0.92


MNAR_LIMIT = 0.85


MIN_SKILL = 0.1


@dataclass(frozen=True)
class Sample:
    """Both parts as columns of values; gaps are NaN or None."""

    train: dict[str, np.ndarray]
    test: dict[str, np.ndarray]


def is_gap(values: np.ndarray) -> np.ndarray:
    return pd.isna(values)


def empty(values: np.ndarray) -> Any:
    return np.nan if values.dtype.kind == 'f' else None


def masked(values: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    return values if mask is None else np.where(mask, empty(values), values)


def injectable_columns(table: Sample, rng: np.random.Generator) -> list[str]:
    """Complete columns whose values other columns tell something about, in an order by lot."""
    whole = [
        title
        for title in table.train
        if not is_gap(table.train[title]).any() and not is_gap(table.test[title]).any()
    ]
    found = []
    # A first look, which needs no more rows than these.
    some = Sample(_head(table.train, 1200), _head(table.test, 800))
    for place in rng.permutation(len(whole)):
        title = whole[place]
        values = table.train[title]
        if values.dtype.kind == 'f':
            usable = len(np.unique(values)) >= 50
        else:
            usable = pd.Series(values).value_counts(normalize=True).iloc[0] <= 0.7
        if (
            usable
            and skill_of_forest(some, title, np.ones(len(some.train[title]), bool), some.train, 8)
            >= MIN_SKILL
        ):
            found.append(title)
    return found


def _head(columns: dict[str, np.ndarray], rows: int) -> dict[str, np.ndarray]:
    return {title: values[:rows] for title, values in columns.items()}


def inject(
    table: Sample, injectable: list[str], rng: np.random.Generator
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """At least two mechanisms, on up to five columns. A column that drives another one's gaps stays complete."""
    masks: dict[str, np.ndarray] = {}
    mechanisms: dict[str, str] = {}
    drivers: set[str] = set()
    wanted = ['MNAR', 'MAR', 'MCAR', *(pick(rng, list(MECHANISMS)) for _ in range(2))]
    for mechanism in wanted:
        free = [title for title in injectable if title not in masks and title not in drivers]
        for title in free:
            mask, driver = _mask(mechanism, title, table, masks, rng)
            if mask is not None:
                masks[title], mechanisms[title] = mask, mechanism
                drivers |= {driver} if driver else set()
                break
    for title in [
        title for title in masks if not _as_stated(mechanisms[title], title, table, masks)
    ]:
        del masks[title], mechanisms[title]
    if len(set(mechanisms.values())) < 2:
        raise NotApplicable('too few complete columns that other columns tell something about')
    return masks, mechanisms


def _mask(
    mechanism: str,
    title: str,
    table: Sample,
    masks: dict[str, np.ndarray],
    rng: np.random.Generator,
) -> tuple[np.ndarray | None, str | None]:
    """Which rows lose their value, and the column that they follow; None where it cannot be made unambiguous."""
    rows = len(table.train[title])
    luck = rng.random(rows)
    if mechanism == 'MCAR':
        return luck < rng.uniform(0.1, 0.25), None
    driver = title
    if mechanism == 'MAR':
        free = [
            other
            for other, values in table.train.items()
            if other != title and other not in masks and _can_drive(values)
        ]
        if not free:
            return None, None
        driver = pick(rng, free)
    elif not _can_drive(table.train[title]):
        return None, None
    ranks = rankdata(table.train[driver]) / rows
    ranks = ranks if rng.random() < 0.5 else 1 - ranks
    mask = luck < np.where(ranks > 1 - rng.uniform(0.18, 0.3), 0.96, 0.005)
    if not _as_stated(mechanism, title, table, {**masks, title: mask}):
        return None, None
    return mask, driver if mechanism == 'MAR' else None


def _as_stated(mechanism: str, title: str, table: Sample, masks: dict[str, np.ndarray]) -> bool:
    """Whether what an agent can see agrees with what task.json says of the mechanism."""
    others = [
        masked(values, masks.get(other)) for other, values in table.train.items() if other != title
    ]
    most = max(separation(values, masks[title]) for values in others)
    if mechanism == 'MAR':
        return most >= MAR_LIMIT
    if most > MNAR_LIMIT:
        return False
    values = table.train[title]
    return (
        mechanism == 'MCAR' or ks_2samp(values[~masks[title]], table.test[title]).statistic >= 0.1
    )


def _can_drive(values: np.ndarray) -> bool:
    return values.dtype.kind == 'f' and not is_gap(values).any() and len(np.unique(values)) >= 100


def _matrix(columns: dict[str, np.ndarray]) -> np.ndarray:
    """Columns as a forest reads them: gaps as a value of their own."""
    frame = pd.DataFrame(columns)
    coded = [
        frame[title].fillna(-1e9).to_numpy()[:, None]
        if frame[title].dtype.kind == 'f'
        else pd.get_dummies(frame[title].astype(object)).to_numpy(dtype=float)
        for title in frame.columns
    ]
    return np.hstack(coded)


def skill_of_forest(
    gapped: Sample, title: str, mask: np.ndarray, known: dict[str, np.ndarray], trees: int = 30
) -> float:
    """How much better than the median or mode a forest fills the masked cells of a column, in [0, 1]."""
    joined = {
        other: np.concatenate([gapped.train[other], gapped.test[other]])
        for other in gapped.train
        if other != title
    }
    if not joined:
        return 0.0
    matrix = _matrix(joined)
    values = np.concatenate([gapped.train[title], gapped.test[title]])
    learnt = np.concatenate([~mask, np.ones(len(gapped.test[title]), bool)])
    learnt &= ~is_gap(values)
    kind = ExtraTreesRegressor if values.dtype.kind == 'f' else ExtraTreesClassifier
    model = kind(trees, min_samples_leaf=3, random_state=0).fit(matrix[learnt], values[learnt])
    filled = model.predict(matrix[: len(mask)][mask])
    base = gapped.test[title] if mask.all() else gapped.train[title][~mask]
    return skill(filled, known[title][mask], base)


def skill(filled: np.ndarray, known: np.ndarray, observed: np.ndarray) -> float:
    """1 - error / error of the median (RMSE) or the mode (share of wrong names) of what is observed."""
    if known.dtype.kind == 'f':
        error = float(np.sqrt(np.mean((filled - known) ** 2)))
        plain = float(np.sqrt(np.mean((np.median(observed) - known) ** 2)))
    else:
        error = float(np.mean(filled != known))
        plain = float(np.mean(known != pd.Series(observed).mode().iloc[0]))
    return clip01(1 - share(error, plain)) if plain else 0.0
