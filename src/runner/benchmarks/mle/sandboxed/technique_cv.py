"""cv: find out what the test rows have to do with the training rows, and make folds that imitate it.

One structure is planted: groups (those of test.csv are all new), time (test.csv is all later), unequal classes, or none.
Every table has a column that looks like groups and one that looks like a time, so that seeing such a column proves
nothing; whether it matters shows in how test.csv continues it. Without a structure the target is an amount, so that
stratifying is no other right answer; and the rows are then sorted by the target, so that folds cut in the file's order
are wrong. Folds are judged by what they are, not by what they are called, but only with one strategy: without one nobody
knows which rows a fold is validated against.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from technique_answers import choice_of, numbers_of, read_json, read_table
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
    one_of,
    pick,
    table_artifact,
    turn,
)
from technique_files import floats, places
from technique_table import Source, columns_of, drawn, shuffled, split_columns, tokens, unused

ANALYSIS = 'cv_analysis.json'
FOLDS = 'folds.csv'
MIN_FOLDS, MAX_FOLDS = 3, 10
MAX_SIZE_RATIO = 1.5
POINTS = 0.02

STRATEGIES = {
    'timeseries': 'folds follow each other in time; right when every row of test.csv is later than all of train.csv',
    'group': 'rows of a group stay together; right when no group of test.csv occurs in train.csv',
    'stratified': 'each fold has the class shares of the whole; right when the target has classes of unequal size and '
    'neither of the above holds',
    'kfold': 'folds by lot; right when none of the above holds',
    'leave_one_out': 'a fold for each row; right for fewer than 50 rows only',
}
STRUCTURES = {'group': 'group', 'time': 'timeseries', 'classes': 'stratified', 'none': 'kfold'}
SHARES = (0.52, 0.24, 0.14, 0.1)


@dataclass(frozen=True)
class Rows:
    """All rows, those of train.csv first, with what was planted on them."""

    order: np.ndarray
    train: int
    group: np.ndarray
    moment: np.ndarray


def prepare(source: Source, rng: np.random.Generator, seed: int) -> Case:
    source.need(600)
    structure = turn(seed, 'cv', list(STRUCTURES))
    source = source.complete(rng)
    source, _ = drawn(source, rng, train=700 if structure == 'classes' else 1200, test=400)
    amount, columns = _amount(source, rng)
    if structure == 'none' or (structure != 'classes' and rng.random() < 0.5):
        target: np.ndarray = amount
    else:
        target = _classes(amount, SHARES if structure == 'classes' else (1 / 3, 1 / 3, 1 / 3), rng)
    rows = _planted(structure, _noisy(columns, rng), rng)
    if structure == 'none':
        first = rows.order[: rows.train]
        rows.order[: rows.train] = first[np.argsort(target[first], kind='stable')]
    group_title = unused(rng, columns)
    columns[group_title] = np.array(tokens(rng, 'g', int(rows.group.max()) + 1), dtype=object)[
        rows.group
    ]
    time_title = unused(rng, columns)
    columns[time_title] = _clock(rows.moment, rng)
    table = {title: values[rows.order] for title, values in shuffled(columns, rng).items()}
    train, test = split_columns(table, rows.train)
    return Case(
        task=_task(),
        train={**train, TARGET: target[rows.order][: rows.train]},
        test=test,
        truth={'structure': structure, 'group': group_title},
        private={'train_moments': {'moment': rows.moment[rows.order][: rows.train]}},
    )


def _amount(source: Source, rng: np.random.Generator) -> tuple[np.ndarray, dict[str, Any]]:
    """An amount to predict, and the other columns: the target itself, or a column of numbers where it is a class."""
    columns = columns_of(source)
    if source.target_is_amount:
        return np.asarray(source.target), columns
    many = [title for title in source.numbers.columns if source.numbers[title].nunique() >= 100]
    if not many or len(columns) < 2:
        raise NotApplicable(
            'neither the target nor a column of numbers has at least 100 different values'
        )
    return columns.pop(pick(rng, many)), columns


def _classes(amount: np.ndarray, shares: tuple[float, ...], rng: np.random.Generator) -> np.ndarray:
    ranks = places(amount) / len(amount)
    names = np.array(tokens(rng, 'k', len(shares)), dtype=object)
    return names[np.searchsorted(np.cumsum(shares)[:-1], ranks, side='right')]


def _noisy(columns: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    """What groups and time go along with: a column, blurred."""
    values = next((values for values in columns.values() if values.dtype.kind == 'f'), None)
    lot = rng.standard_normal(len(next(iter(columns.values()))))
    return lot if values is None else places(values) / len(values) * 3.5 + lot


def _planted(structure: str, pull: np.ndarray, rng: np.random.Generator) -> Rows:
    count = len(pull)
    train = int(count * 0.75)
    ends = np.cumsum(rng.integers(8, 16, size=count))
    members = np.searchsorted(ends, np.arange(count), side='right')
    ranks = places(pull)
    group, moment = rng.permutation(members), rng.permutation(count)
    order = rng.permutation(count)
    if structure == 'group':
        group = members[ranks]
        held = rng.permutation(int(members.max()) + 1)
        late = np.isin(group, held[: len(held) // 4])[order]
        order, train = np.concatenate([order[~late], order[late]]), int((~late).sum())
    if structure == 'time':
        moment = ranks
        late = (moment >= train)[order]
        order = np.concatenate([order[~late], order[late]])
    return Rows(order, train, group, moment)


def _clock(moment: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Points in time, no two alike, in one of the ways that tables write them."""
    seconds = (
        1_300_000_000
        + int(rng.integers(300_000_000))
        + np.cumsum(rng.integers(600, 40_000, size=len(moment)))
    )
    style = pick(rng, ['text', 'epoch', 'minutes'])
    if style == 'text':
        seconds = np.array(
            [str(value).replace('T', ' ') for value in seconds.astype('datetime64[s]')],
            dtype=object,
        )
    if style == 'minutes':
        seconds = (seconds - seconds[0]) // 60
    return seconds[moment]


def grade(handout: Handout) -> list[Check]:
    structure = handout.truth['structure']

    def strategy() -> tuple[float, str]:
        said = choice_of(
            read_json(handout.answers, ANALYSIS), 'recommended_strategy', list(STRATEGIES)
        )
        return float(said == STRUCTURES[structure]), f'right here: {STRUCTURES[structure]}'

    return [
        check('recommended_strategy', 0.2, strategy),
        check('folds', 0.8, lambda: _judge(handout, structure)),
    ]


def _judge(handout: Handout, structure: str) -> tuple[float, str]:
    choice_of(read_json(handout.answers, ANALYSIS), 'recommended_strategy', list(STRATEGIES))
    table = read_table(handout.answers, FOLDS, ids=handout.train[ROW_ID], columns=['fold'])
    numbers = numbers_of(table, 'fold', FOLDS)
    if (numbers % 1 != 0).any():
        raise Malformed(f'{FOLDS}: folds are whole numbers')
    _, folds = np.unique(numbers, return_inverse=True)
    sizes = np.bincount(folds)
    if not MIN_FOLDS <= len(sizes) <= MAX_FOLDS:
        raise Malformed(f'{FOLDS} has {len(sizes)} folds; {MIN_FOLDS} to {MAX_FOLDS} are asked for')
    if sizes.max() > MAX_SIZE_RATIO * sizes.min():
        raise Malformed(
            f'{FOLDS}: the largest fold has more than {MAX_SIZE_RATIO} times the rows of the smallest'
        )
    if structure == 'group':
        return _groups(handout.train[handout.truth['group']], folds)
    if structure == 'time':
        return _times(floats(handout.private['train_moments']['moment']), folds)
    if structure == 'classes':
        return _shares(handout.train[TARGET], folds)
    return _means(floats(handout.train[TARGET]), folds)


def _groups(groups: list[str], folds: np.ndarray) -> tuple[float, str]:
    where: dict[str, set[int]] = {}
    for group, fold in zip(groups, folds):
        where.setdefault(group, set()).add(int(fold))
    split = float(np.mean([len(where[group]) > 1 for group in groups]))
    # A few groups in two folds are leaks already.
    return 1 - 5 * split, f'{split:.1%} of the rows are of groups that lie in more than one fold'


def _times(moments: np.ndarray, folds: np.ndarray) -> tuple[float, str]:
    last = int(folds.max())
    right = sum(
        moments[folds < fold].max() < moments[folds == fold].min() for fold in range(1, last + 1)
    )
    return _strict(right, last), f'{right} of {last} folds are later than all before them'


def _shares(classes: list[str], folds: np.ndarray) -> tuple[float, str]:
    labels = np.array(classes, dtype=object)
    folds_right = 0
    for fold in np.unique(folds):
        inside = labels[folds == fold]
        # Where two points are less than a row, a row.
        room = max(POINTS * len(inside), 1)
        folds_right += all(
            abs((inside == name).sum() - (labels == name).mean() * len(inside)) <= room
            for name in set(classes)
        )
    count = int(folds.max()) + 1
    return _strict(
        folds_right, count
    ), f'{folds_right} of {count} folds have the class shares of the whole'


def _strict(right: int, count: int) -> float:
    """Some folds are right by luck; half of them are worth nothing."""
    return 1 - 2 * (1 - right / count)


def _means(target: np.ndarray, folds: np.ndarray) -> tuple[float, str]:
    spread = target.std()
    right = sum(
        abs(target[folds == fold].mean() - target.mean())
        <= 4.5 * spread / np.sqrt((folds == fold).sum())
        for fold in np.unique(folds)
    )
    count = int(folds.max()) + 1
    return _strict(right, count), f'{right} of {count} folds look like drawn by lot'


def _task() -> dict[str, Any]:
    fields = {'recommended_strategy': one_of(STRATEGIES, 'see vocabulary')}
    return {
        'goal': 'Choose the cross-validation that tells how well a model will do on test.csv, and assign each row of '
        'train.csv to a fold.',
        'id_column': ROW_ID,
        'target': TARGET,
        'rules': [
            'One strategy is right: the first of the vocabulary, in its order, whose condition holds. Any column but '
            'row_id may be a group or a time; columns that look like it and do not meet the condition are like others.',
            f'{MIN_FOLDS} to {MAX_FOLDS} folds, numbered from 0; the largest has at most {MAX_SIZE_RATIO} times the '
            'rows of the smallest.',
            'With timeseries, fold k is validated by a model of the folds below k, so every row of it is later than all '
            'rows of these. With the others, a fold is validated by a model of all other folds.',
            'The order of the rows in train.csv means nothing, and may not be random.',
        ],
        'vocabulary': {'recommended_strategy': STRATEGIES},
        'artifacts': [
            artifact(ANALYSIS, fields, {'recommended_strategy': 'leave_one_out'}),
            table_artifact(
                FOLDS, 'those of train.csv', f'{ROW_ID}, fold', f'{ROW_ID},fold\n0,2\n1,0\n'
            ),
        ],
        'scoring': {
            'recommended_strategy': '0.2',
            'folds': '0.8: what the folds hold. No group in two folds; time order; class shares within 2 points of the '
            'whole; else, means of the target as folds by lot have them. Degenerate folds: 0',
        },
    }
