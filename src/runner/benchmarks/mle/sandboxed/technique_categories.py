"""Cuts columns of numbers into categories, and measures what an encoding of them is worth (see technique_encoding)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from technique_common import GOOD_ENOUGH, NotApplicable, pick
from technique_files import six_digits
from technique_measures import area_of, separation
from technique_table import Source, tokens, unused

FEW_LEVELS = 15


MIN_GAIN = 0.03


ORDERS = (
    ('very low', 'low', 'middle', 'high', 'very high'),
    ('never', 'rarely', 'sometimes', 'often', 'always'),
    ('poor', 'fair', 'good', 'very good', 'excellent'),
    ('tiny', 'small', 'medium', 'large', 'huge'),
    ('primary school', 'secondary school', 'bachelor', 'master', 'doctorate'),
)


# A column that stands for a category: its values in both files' rows.
Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Made:
    """All columns of both files, the kind of those that are categories, the AUC that lazy encodings reach, and the AUC
    that is good enough."""

    columns: Columns
    kinds: dict[str, str]
    floor: float
    mark: float


def categories(source: Source, labels: np.ndarray, rows: int, rng: np.random.Generator) -> Made:
    """Raises NotApplicable where the encoding of what can be made here does not matter."""
    few = [
        title for title in source.names if 2 <= source.names[title][:rows].nunique() <= FEW_LEVELS
    ]
    few = sorted(few, key=lambda title: (separation(source.names[title].to_numpy(), labels), title))
    # Names that are there already may say too much, and be in a telling order: the strongest go first.
    for count in (3, 3, 2, 1, 0):
        columns, kinds = _columns(source, labels, rows, rng)
        for title in few[:count]:
            columns[title], kinds[title] = source.names[title].to_numpy(), 'nominal'
        made = _measurable(columns, kinds, labels, rows)
        if made is not None:
            return made
    raise NotApplicable('no category that can be made here tells much about the target')


def _columns(
    source: Source, labels: np.ndarray, rows: int, rng: np.random.Generator
) -> tuple[Columns, dict[str, str]]:
    """Columns of numbers, some of them made into categories, with identifiers; and the kind of each category."""
    numbers = {
        title: column.to_numpy()
        for title, column in source.numbers.items()
        if column.nunique() >= 50
    }
    if len(numbers) < 3:
        raise NotApplicable('fewer than 3 columns of numbers with at least 50 different values')
    strength = {
        title: abs(area_of(labels[:rows], values[:rows]) - 0.5) for title, values in numbers.items()
    }
    strongest = sorted(numbers, key=lambda title: (-strength[title], title))
    columns: Columns = dict(numbers)
    kinds: dict[str, str] = {}
    for title, kind in zip(strongest, _kinds(len(numbers), rows, rng)):
        columns[title], kinds[title] = _category(kind, numbers[title], rows, rng), kind
    for _ in range(int(rng.integers(1, 3))):
        title = unused(rng, {*columns, *source.names})
        # A few repeat, as in real keys.
        keys = np.array(
            [f'u{number:07x}' for number in rng.integers(16**7, size=len(labels))], dtype=object
        )
        keys[rng.random(len(keys)) < 0.02] = keys[0]
        columns[title], kinds[title] = keys, 'identifier'
    return columns, kinds


def amount_column(count: int, rng: np.random.Generator) -> np.ndarray:
    """Numbers that say nothing: measurements, or counts."""
    lot = rng.standard_normal(count)
    if rng.random() < 0.5:
        return np.array(
            [six_digits(value) for value in 10 ** rng.uniform(-1, 2) * (lot + rng.uniform(-3, 8))]
        )
    return np.round(rng.uniform(150, 900) * np.exp(0.3 * lot))


def _kinds(numbers: int, rows: int, rng: np.random.Generator) -> list[str]:
    """What the strongest columns become, in an order by lot; at least one column stays a number."""
    wanted = ['nominal', 'code', 'ordered']
    if numbers >= 5 and rows >= 2000:
        wanted.append('many')
    if numbers >= 7:
        wanted.append('nominal')
    wanted = [wanted[place] for place in rng.permutation(len(wanted))]
    return wanted[: numbers - 1]


def _category(kind: str, values: np.ndarray, rows: int, rng: np.random.Generator) -> np.ndarray:
    count = (
        5
        if kind == 'ordered'
        else int(rng.integers(110, 150) if kind == 'many' else rng.integers(6, 11))
    )
    sizes = rng.uniform(0.5, 1.5, count)
    edges = np.quantile(values[:rows], np.cumsum(sizes)[:-1] / sizes.sum())
    bins = np.searchsorted(edges, values)
    if kind == 'ordered':
        return np.array(pick(rng, ORDERS), dtype=object)[bins]
    levels: list[Any] = [int(number) for number in 1000 + rng.permutation(9000)[: count + 1]]
    if kind != 'code':
        levels = tokens(rng, 'v', count + 1)
    # The last one is met in the test rows only.
    late = (np.arange(len(values)) >= rows) & (rng.random(len(values)) < 0.03)
    return np.array(levels, dtype=object)[np.where(late, count, bins)]


def _measurable(
    columns: Columns, kinds: dict[str, str], labels: np.ndarray, rows: int
) -> Made | None:
    """Columns of numbers go, the strongest first, as long as they say what the categories say and so hide how these were
    encoded. None where nothing else is left either."""
    numbers = sorted(
        (title for title in columns if title not in kinds),
        key=lambda title: (abs(area_of(labels[:rows], columns[title][:rows]) - 0.5), title),
    )
    while numbers:
        columns = {title: columns[title] for title in [*numbers, *kinds]}
        floor, best = _marks(columns, kinds, labels, rows)
        if best - floor >= MIN_GAIN:
            return Made(
                columns, kinds, round(floor, 4), round(floor + GOOD_ENOUGH * (best - floor), 4)
            )
        numbers = numbers[: len(numbers) // 2]
    return None


def _marks(
    columns: Columns, kinds: dict[str, str], labels: np.ndarray, rows: int
) -> tuple[float, float]:
    """AUC of the best lazy answer, and of a good plain one."""
    numbers = [values.astype(float) for title, values in columns.items() if title not in kinds]
    numbered = [pd.factorize(columns[title], sort=True)[0].astype(float) for title in kinds]
    proper = [
        encoded
        for title, kind in kinds.items()
        for encoded in _proper(kind, columns[title], labels, rows)
    ]
    lazy = [numbers, numbers + numbered]
    floor = max(auc_of_encoding(np.column_stack(answer), labels, rows) for answer in lazy)
    return floor, auc_of_encoding(np.column_stack(numbers + proper), labels, rows)


def _proper(kind: str, values: np.ndarray, labels: np.ndarray, rows: int) -> list[np.ndarray]:
    """A category as an expert would encode it."""
    if kind == 'identifier':
        return []
    if kind == 'ordered':
        order = next(order for order in ORDERS if values[0] in order)
        return [np.array([float(order.index(value)) for value in values])]
    if kind == 'many':
        return [_target_means(values, labels, rows)]
    return [(values == level).astype(float) for level in sorted(set(values[:rows]))]


def _target_means(values: np.ndarray, labels: np.ndarray, rows: int) -> np.ndarray:
    """Smoothed means of the target, for training rows from the folds that they are not in."""
    fold = np.where(np.arange(len(values)) < rows, np.arange(len(values)) % 5, -1)
    prior = labels[:rows].mean()
    means = np.empty(len(values))
    for place in range(-1, 5):
        learnt = (fold >= 0) & (fold != place)
        levels = pd.Series(labels[learnt]).groupby(values[learnt]).agg(['sum', 'count'])
        smooth = (levels['sum'] + 10 * prior) / (levels['count'] + 10)
        means[fold == place] = (
            pd.Series(values[fold == place]).map(smooth).astype(float).fillna(prior)
        )
    return means


def auc_of_encoding(matrix: np.ndarray, labels: np.ndarray, rows: int) -> float:
    """AUC on the test rows of the fixed logistic regression: standardised columns, L2 with C = 1."""
    scaler = StandardScaler().fit(matrix[:rows])
    # No single cell of the test file may decide.
    learnt, asked = (
        np.clip(scaler.transform(part), -20, 20) for part in (matrix[:rows], matrix[rows:])
    )
    model = LogisticRegression(max_iter=500).fit(learnt, labels[:rows])
    return area_of(labels[rows:], model.decision_function(asked))
