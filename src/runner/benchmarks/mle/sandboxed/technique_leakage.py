"""leakage: find the columns (and rows) that know the answer, and leave alone those that are merely good.

Up to four leaks are planted, and in every table strong legitimate columns, a column with innocent gaps, an innocent
running number, and sometimes rows that repeat inside train.csv. task.json states the evidence that tells them apart, and
the numbers are made to be far from its limits: a copy of the target separates the classes with an AUC above 0.97, a
legitimate column with less than 0.93; what is recorded after the outcome is empty in all of test.csv; an identifier was
given out in the order of the target; rows of test.csv occur in train.csv with their target.

The score is F1, so naming everything is worth little; without a leak only an empty list is right.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from technique_answers import field_of, names_of, read_json
from technique_common import (
    ROW_ID,
    TARGET,
    Case,
    Check,
    Handout,
    Malformed,
    NotApplicable,
    artifact,
    check,
    pick,
    share,
    turn,
)
from technique_files import places
from technique_measures import separation
from technique_table import Source, columns_of, drawn, shuffled, split_columns, tokens, unused

ANALYSIS = 'leakage_analysis.json'
ROWS = 'rows'
LEGITIMATE_LIMIT = 0.9

TYPES = {
    'target_copy': 'the target itself under another name, with a little noise: alone it separates the classes with an '
    'AUC above 0.97, where no legitimate column reaches 0.93',
    'post_event': 'known only after the outcome: filled or empty depending on the class in train.csv, empty in every row '
    'of test.csv',
    'ordered_id': 'an identifier (whole numbers, all different, in both files together too) that was given out in the '
    'order of the target, so that it separates the classes with an AUC above 0.9',
    'duplicate_rows': 'rows of test.csv that are rows of train.csv too (equal in all columns but identifiers and what is '
    f'known only after the outcome); its feature is called "{ROWS}"',
}


def prepare(source: Source, rng: np.random.Generator, seed: int) -> Case:
    labels = source.binary()
    source = source.complete(rng)
    source.need(600)
    source, rows = drawn(replace(source, target=labels), rng, train=2500, test=1200)
    labels = np.asarray(source.target)
    columns = _legitimate(source, rng)
    kinds = list(TYPES)
    planted = [kinds[place] for place in rng.permutation(4)[: turn(seed, 'leakage', range(5))]]
    leaks: dict[str, str] = {}
    strong = [unused(rng, columns)]
    columns[strong[0]] = _strong_number(labels, rng)
    strong.append(unused(rng, columns))
    columns[strong[1]] = _strong_name(labels, rng)
    if 'target_copy' in planted:
        _plant(columns, leaks, 'target_copy', _copy(labels, rng), rng)
    _repeat_rows(columns, labels, rows, 'duplicate_rows' in planted, rng)
    if 'duplicate_rows' in planted:
        leaks[ROWS] = 'duplicate_rows'
    if 'post_event' in planted:
        _plant(columns, leaks, 'post_event', _after(labels, rows, rng), rng)
    columns[unused(rng, columns)] = 10_000 + rng.permutation(len(labels))
    if 'ordered_id' in planted:
        _plant(columns, leaks, 'ordered_id', _ordered(labels, rng), rng)
    order = np.concatenate([rng.permutation(rows), rows + rng.permutation(len(labels) - rows)])
    table = {title: values[order] for title, values in shuffled(columns, rng).items()}
    train, test = split_columns(table, rows)
    classes = np.array(tokens(rng, 'k', 2), dtype=object)
    return Case(
        task=_task(),
        train={**train, TARGET: classes[labels[order][:rows]]},
        test=test,
        truth={'leaks': leaks},
    )


def _legitimate(source: Source, rng: np.random.Generator) -> dict[str, Any]:
    """The table's own columns, less those that are as good as a leak; one of them gets gaps in both files."""
    labels = np.asarray(source.target)
    columns = columns_of(source)
    known = {title: separation(values, labels) for title, values in columns.items()}
    columns = {
        title: values for title, values in columns.items() if known[title] <= LEGITIMATE_LIMIT
    }
    numbers = [title for title, values in columns.items() if values.dtype.kind == 'f']
    varied = {tuple(row) for row in zip(*(values.tolist() for values in columns.values()))}
    if not numbers or len(columns) < 4 or len(varied) < 0.98 * len(labels):
        raise NotApplicable('too few legitimate columns, or rows that are alike by nature')
    gapped = pick(rng, numbers)
    columns[gapped] = np.where(rng.random(len(labels)) < 0.3, np.nan, columns[gapped])
    return columns


def _plant(
    columns: dict[str, Any],
    leaks: dict[str, str],
    kind: str,
    values: np.ndarray,
    rng: np.random.Generator,
) -> None:
    title = unused(rng, columns)
    columns[title], leaks[title] = values, kind


def _strong_number(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A measurement as good as honest ones get: AUC about 0.88."""
    size, sign = 10 ** rng.uniform(-1, 2), 1 if rng.random() < 0.5 else -1
    return size * (5 + sign * 1.66 * labels + rng.standard_normal(len(labels)))


def _strong_name(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same in four names: AUC about 0.85."""
    hidden = 1.7 * labels + rng.standard_normal(len(labels))
    return np.array(tokens(rng, 'v', 4), dtype=object)[np.searchsorted([0.0, 0.85, 1.7], hidden)]


def _copy(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    wrong = rng.random(len(labels)) < 0.01
    copied = np.where(wrong, 1 - labels, labels)
    if rng.random() < 0.5:
        return np.array(tokens(rng, 'v', 2), dtype=object)[copied]
    size, sign = 10 ** rng.uniform(-1, 2), 1 if rng.random() < 0.5 else -1
    return size * (3 + sign * copied + 0.1 * rng.standard_normal(len(labels)))


def _after(labels: np.ndarray, rows: int, rng: np.random.Generator) -> np.ndarray:
    """Filled for one class nearly always and for the other nearly never; not known yet for test rows."""
    outcome = labels if rng.random() < 0.5 else 1 - labels
    filled = rng.random(len(labels)) < np.where(outcome == 1, 0.96, 0.02)
    filled[rows:] = False
    return np.where(filled, 10 ** rng.uniform(0, 3) * (1 + rng.random(len(labels))), np.nan)


def _ordered(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Running numbers by the target, with a little disorder: AUC about 0.96."""
    outcome = labels if rng.random() < 0.5 else 1 - labels
    return 20_000 + places(outcome + 0.4 * rng.standard_normal(len(labels)))


def _repeat_rows(
    columns: dict[str, Any], labels: np.ndarray, rows: int, across: bool, rng: np.random.Generator
) -> None:
    """Rows of train.csv once more: in test.csv (a leak), else sometimes in train.csv (none)."""
    if not across and rng.random() < 0.5:
        return
    part = rng.permutation(rows)
    count = int((len(labels) - rows) * rng.uniform(0.15, 0.3)) if across else rows // 25
    copied = part[:count]
    into = rows + rng.permutation(len(labels) - rows)[:count] if across else part[count : 2 * count]
    for title, values in columns.items():
        columns[title] = values.copy()
        columns[title][into] = values[copied]
    labels[into] = labels[copied]


def grade(handout: Handout) -> list[Check]:
    leaks: dict[str, str] = handout.truth['leaks']
    columns = [title for title in handout.train if title not in (ROW_ID, TARGET)]

    def found() -> tuple[float, str]:
        named = [feature for feature, _ in _said(handout)]
        right = len(set(named) & set(leaks))
        if not leaks:
            return float(not named), f'there is no leak; {len(named)} were named'
        score = share(2 * right, len(named) + len(leaks))
        return score, f'{right} of {len(leaks)} leaks found, {len(named) - right} others named'

    def kinds() -> tuple[float, str]:
        said = dict(_said(handout))
        if not leaks:
            return float(not said), 'there is no leak'
        right = sum(said.get(feature) == kind for feature, kind in leaks.items())
        return share(right, len(leaks)), f'{right} of {len(leaks)} leaks have their type'

    return [
        check('leaky_features', 0.7, found),
        check('leakage_type', 0.15, kinds),
        check('partition', 0.15, lambda: _partition(handout, columns)),
    ]


def _said(handout: Handout) -> list[tuple[str, str]]:
    entries = field_of(read_json(handout.answers, ANALYSIS), 'leaky_features', list, 'a list')
    said = []
    for entry in entries:
        feature = entry.get('feature') if isinstance(entry, dict) else None
        kind = entry.get('leakage_type') if isinstance(entry, dict) else None
        if not isinstance(feature, str) or not isinstance(kind, str):
            raise Malformed('"leaky_features" must hold objects with "feature" and "leakage_type"')
        said.append((feature, kind))
    return said


def _partition(handout: Handout, columns: list[str]) -> tuple[float, str]:
    answer = read_json(handout.answers, ANALYSIS)
    leaky = [feature for feature, _ in _said(handout) if feature != ROWS]
    safe = names_of(answer, 'safe_features')
    analyzed = names_of(answer, 'features_analyzed')
    whole = sorted(leaky + safe) == sorted(columns) == sorted(analyzed)
    return float(whole), 'each column must be in features_analyzed, and either leaky or safe, once'


def _task() -> dict[str, Any]:
    names = {'type': 'array', 'items': {'type': 'string'}}
    entry = {
        'type': 'object',
        'required': ['feature', 'leakage_type'],
        'properties': {
            'feature': {'type': 'string'},
            'leakage_type': {'type': 'string', 'enum': list(TYPES)},
        },
    }
    fields = {
        'leaky_features': {
            'type': 'array',
            'items': entry,
            'description': 'what leaks; empty when nothing does',
        },
        'features_analyzed': {**names, 'description': 'every column but row_id and target, once'},
        'safe_features': {**names, 'description': 'the columns that do not leak'},
    }
    example = {
        'leaky_features': [{'feature': 'refund', 'leakage_type': 'post_event'}],
        'features_analyzed': ['age', 'refund'],
        'safe_features': ['age'],
    }
    return {
        'goal': f'Find what lets a model know {TARGET} without predicting it: columns that leak, and rows that stand in '
        'both files. There may be none, and strong columns may be legitimate.',
        'id_column': ROW_ID,
        'target': TARGET,
        'rules': [
            'AUC of a column of names: of the share of the class at each name. A column leaks in one way at most.',
            f'"{ROWS}" stands for rows that occur in both files; it is no column, so it is in neither other list. Rows '
            'that repeat inside train.csv alone are no leak.',
            f'{ROW_ID} is none of the columns to look at.',
        ],
        'vocabulary': {'leakage_type': TYPES},
        'artifacts': [artifact(ANALYSIS, fields, example)],
        'scoring': {
            'leaky_features': '0.7: F1; without a leak, only an empty list counts',
            'leakage_type': '0.15: share of the leaks that were found with their type',
            'partition': '0.15: every column analyzed once, and either leaky or safe',
        },
    }
