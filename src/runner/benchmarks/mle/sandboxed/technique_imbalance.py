"""imbalance: see that classes are unequal, say how much, and predict so that the rare class counts.

The two outer classes stand in a hidden ratio near 1.5, 6, 30 or 150; names and features say nothing of it. Counts, ratio
and severity have one right answer. Predictions are scored by balanced accuracy on hidden labels, between a floor and a
mark that are measured at preparation: the floor is the best of models that ignore the imbalance (in a balanced table: a
constant), so that only handling it earns the 0.4, and `none` is the one right strategy where there is nothing to handle.
The test rows have other class shares than the training rows: they tell nothing, and hold enough rare rows to measure.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from technique_answers import choice_of, field_of, number_of, read_json, read_table
from technique_common import (
    GOOD_ENOUGH,
    ROW_ID,
    TARGET,
    Case,
    Check,
    Handout,
    Malformed,
    NotApplicable,
    artifact,
    check,
    gained,
    one_of,
    per_column,
    pick,
    share,
    table_artifact,
    turn,
)
from technique_table import MAX_CLASSES, Source, columns_of, shuffled, tokens

RATIOS = (1.5, 6.0, 30.0, 150.0)
MIN_RARE = 40
TEST_ROWS = 1500
ANALYSIS = 'imbalance_analysis.json'
PREDICTIONS = 'predictions.csv'

SEVERITIES = {
    'balanced': 'ratio below 3',
    'moderate': 'ratio from 3 to 10',
    'severe': 'ratio above 10 and up to 100',
    'extreme': 'ratio above 100',
}
STRATEGIES = {
    'none': 'nothing; right where classes are balanced, and only there',
    'class_weights': 'rare classes weigh more; right wherever classes are not balanced',
    'oversample': 'rare rows are repeated or synthesised; right wherever classes are not balanced',
    'undersample': 'rows of the frequent class are left out; right for a moderate imbalance, beyond which it '
    'would throw away nearly all of them',
    'threshold': 'the decision threshold is moved; right wherever classes are not balanced',
    'combined': 'several of these; right for a severe or extreme imbalance',
}
ALLOWED = {
    'balanced': ('none',),
    'moderate': ('class_weights', 'oversample', 'undersample', 'threshold'),
    'severe': ('class_weights', 'oversample', 'threshold', 'combined'),
    'extreme': ('class_weights', 'oversample', 'threshold', 'combined'),
}


def severity_of(ratio: float) -> str:
    if ratio < 3:
        return 'balanced'
    if ratio <= 10:
        return 'moderate'
    return 'severe' if ratio <= 100 else 'extreme'


def prepare(source: Source, rng: np.random.Generator, seed: int) -> Case:
    source = source.complete(rng)
    labels = _labels(source)
    # Where a ratio leaves nothing to measure, another one may.
    for turns in range(len(RATIOS)):
        case = _case(source, labels, rng, seed + turns)
        if case is not None:
            return case
    raise NotApplicable(
        'the features tell too little about the target to measure the handling of imbalance'
    )


def _case(source: Source, labels: np.ndarray, rng: np.random.Generator, seed: int) -> Case | None:
    train, test = _split(labels, rng, seed)
    kept = labels[np.concatenate([train, test])]
    classes = sorted(set(labels) - {None})
    names = tokens(rng, 'k', len(classes))
    renamed = dict(zip(classes, names))
    columns = columns_of(source)
    titles = list(shuffled(columns, rng))
    frame = pd.DataFrame({title: columns[title] for title in titles}).iloc[
        np.concatenate([train, test])
    ]
    answers = np.array([renamed[label] for label in kept], dtype=object)
    rows = len(train)
    marks = _marks(frame, answers, rows)
    if marks is None:
        return None
    return Case(
        task=_task(names),
        train={**_columns(frame.iloc[:rows]), TARGET: answers[:rows]},
        test=_columns(frame.iloc[rows:]),
        truth={'floor': marks[0], 'mark': marks[1]},
        private={'test_labels': {'label': answers[rows:]}},
    )


def _columns(frame: pd.DataFrame) -> dict[str, Any]:
    return {title: frame[title].to_numpy() for title in frame.columns}


def _labels(source: Source) -> np.ndarray:
    if source.target is None:
        raise NotApplicable('the table has no target column')
    if source.target_is_amount:
        raise NotApplicable(
            f'the target is an amount with more than {MAX_CLASSES} values, so there are no classes'
        )
    if not len(source.numbers.columns) + len(source.names.columns):
        raise NotApplicable('the table has no usable feature column')
    source.need(1000)
    counts = Counter(source.target)
    usual = {label for label, count in counts.items() if count >= 2 * MIN_RARE}
    if not 2 <= len(usual) <= MAX_CLASSES:
        raise NotApplicable(
            f'the target needs 2 to {MAX_CLASSES} classes of at least {2 * MIN_RARE} rows'
        )
    return np.array([label if label in usual else None for label in source.target], dtype=object)


def _split(
    labels: np.ndarray, rng: np.random.Generator, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers of both parts, each in no order. One class is made rare; the others keep one common size."""
    pools = {
        label: rng.permutation(np.flatnonzero(labels == label))
        for label in sorted(set(labels) - {None})
    }
    held = {label: min(len(pool) // 4, TEST_ROWS) for label, pool in pools.items()}
    room = {label: len(pool) - held[label] for label, pool in pools.items()}
    options = []
    for label in pools:
        common = min(count for other, count in room.items() if other != label)
        options += [(label, ratio, min(room[label], int(common / ratio))) for ratio in RATIOS]
    fit = [option for option in options if option[2] >= MIN_RARE]
    if not fit:
        raise NotApplicable('the classes have too few rows to make one of them rare')
    ratio = turn(seed, 'imbalance', sorted({option[1] for option in fit}))
    rare, _, count = pick(rng, [option for option in fit if option[1] == ratio])
    usual = int(count * ratio * rng.uniform(0.92, 1.0))
    train = [pool[: count if label == rare else usual] for label, pool in pools.items()]
    test = [pool[len(pool) - held[label] :] for label, pool in pools.items()]
    return rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(test))


def _marks(frame: pd.DataFrame, answers: np.ndarray, rows: int) -> tuple[float, float] | None:
    """Balanced accuracy on the test rows of the best model that ignores the imbalance, and what is good enough. None
    where both are too near to each other to tell luck from work."""
    matrix = pd.get_dummies(frame).to_numpy(dtype=float)
    counts = Counter(answers[:rows])
    balanced = severity_of(max(counts.values()) / min(counts.values())) == 'balanced'

    def reached(weights: str | None) -> list[float]:
        guesses = [
            model.fit(matrix[:rows], answers[:rows]).predict(matrix[rows:])
            for model in _models(weights)
        ]
        return [float(balanced_accuracy_score(answers[rows:], guess)) for guess in guesses]

    constant = 1 / len(counts)
    floor = constant if balanced else max(constant, *reached(None))
    best = max(reached(None if balanced else 'balanced'))
    smallest = min(Counter(answers[rows:]).values())
    if best - floor < max(0.05, 1.5 * np.sqrt(0.25 / smallest) / len(counts)):
        return None
    return round(floor, 4), round(floor + GOOD_ENOUGH * (best - floor), 4)


def _models(weights: str | None) -> list[Any]:
    return [
        make_pipeline(StandardScaler(), LogisticRegression(class_weight=weights, max_iter=1000)),
        ExtraTreesClassifier(
            60, max_depth=7, min_samples_leaf=5, class_weight=weights, random_state=0
        ),
    ]


def grade(handout: Handout) -> list[Check]:
    counts = Counter(handout.train[TARGET])
    ratio = max(counts.values()) / min(counts.values())
    band = severity_of(ratio)

    def distribution() -> tuple[float, str]:
        said = field_of(
            read_json(handout.answers, ANALYSIS), 'class_distribution', dict, 'an object of counts'
        )
        right = sum(number_of(said.get(label)) == count for label, count in counts.items())
        exact = right == len(counts) == len(said)
        return float(exact), f'{right} of {len(counts)} classes are counted right'

    def how_much() -> tuple[float, str]:
        said = number_of(read_json(handout.answers, ANALYSIS).get('imbalance_ratio'))
        if said is None:
            raise Malformed('"imbalance_ratio" must be a number')
        return float(abs(said - ratio) <= 0.01 * ratio), f'the ratio is {ratio:.4g}'

    def severity() -> tuple[float, str]:
        said = choice_of(read_json(handout.answers, ANALYSIS), 'severity', list(SEVERITIES))
        return float(said == band), f'the imbalance is {band}'

    def strategy() -> tuple[float, str]:
        said = choice_of(read_json(handout.answers, ANALYSIS), 'chosen_strategy', list(STRATEGIES))
        return float(said in ALLOWED[band]), f'right here: {", ".join(ALLOWED[band])}'

    return [
        check('class_distribution', 0.2, distribution),
        check('imbalance_ratio', 0.1, how_much),
        check('severity', 0.1, severity),
        check('chosen_strategy', 0.2, strategy),
        check('predictions', 0.4, lambda: _predictions(handout, sorted(counts))),
    ]


def _predictions(handout: Handout, classes: list[str]) -> tuple[float, str]:
    said = read_table(handout.answers, PREDICTIONS, ids=handout.test[ROW_ID], columns=['label'])[
        'label'
    ]
    labels = [text.strip() for text in said]
    if not set(labels) <= set(classes):
        raise Malformed(f'{PREDICTIONS}: a label is none of the classes of train.csv')
    # Recall of the classes that are there; labels outside of the truth are simply wrong.
    recalls = recall_score(
        handout.private['test_labels']['label'],
        labels,
        labels=classes,
        average=None,
        zero_division=0,
    )
    reached = share(float(np.sum(recalls)), len(classes))
    floor, mark = handout.truth['floor'], handout.truth['mark']
    return gained(
        reached, floor, mark
    ), f'balanced accuracy {reached:.4f}; counted from {floor} to {mark}'


def _task(classes: list[str]) -> dict[str, Any]:
    fields = {
        'class_distribution': per_column({'type': 'integer'}, 'rows of train.csv by class'),
        'imbalance_ratio': {
            'type': 'number',
            'description': 'rows of the largest class / rows of the smallest',
        },
        'severity': one_of(SEVERITIES, 'see vocabulary'),
        'chosen_strategy': one_of(STRATEGIES, 'see vocabulary'),
    }
    first, second = classes[:2]
    example = {
        'class_distribution': {first: 120, second: 300},
        'imbalance_ratio': 2.5,
        'severity': 'moderate',
        'chosen_strategy': 'undersample',
    }
    return {
        'goal': 'Measure the imbalance of the classes, choose how to handle it, and predict the test rows. Predictions '
        'are scored by balanced accuracy (the mean recall of the classes); class shares of test.csv are others.',
        'id_column': ROW_ID,
        'target': TARGET,
        'vocabulary': {'severity': SEVERITIES, 'chosen_strategy': STRATEGIES},
        'artifacts': [
            artifact(ANALYSIS, fields, example),
            table_artifact(
                PREDICTIONS,
                'one for each row of test.csv',
                f'{ROW_ID}, label (a class of train.csv)',
                f'{ROW_ID},label\n1234,{first}\n1235,{second}\n',
            ),
        ],
        'scoring': {
            'class_distribution': '0.2: exact',
            'imbalance_ratio': '0.1: within 1 %',
            'severity': '0.1',
            'chosen_strategy': '0.2: right for the severity',
            'predictions': '0.4: balanced accuracy, counted from what ignoring the imbalance reaches (with balanced '
            'classes: a constant answer) to what a plain model that handles it reaches',
        },
    }
