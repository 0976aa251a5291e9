"""encoding: find what is a category, and turn it into numbers that a linear model can use.

Columns of numbers are cut into categories of every kind: nominal ones with few and with many levels, ordered ones whose
names tell the order, codes that look like amounts, and identifiers that are noise. Cutting destroys no information that
the right encoding would not bring back, so a fixed logistic regression on the encoded files measures the encoding. It is
counted from what the lazy answers reach (categories left out; levels numbered in alphabetical order). Some levels occur
in test.csv only.

A target encoding of a near-unique column carries the training labels into the training file, so each encoded column is
probed: one that separates the classes better on the training rows than on the test rows scores the whole part 0. What
could be numbers and codes is unambiguous: whole numbers with at most 20 different values are codes, and real columns
that are neither that nor plainly continuous are left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from technique_answers import Table, field_of, number_of, numbers_of, read_json, read_table
from technique_categories import FEW_LEVELS, amount_column, auc_of_encoding, categories
from technique_common import (
    ROW_ID,
    TARGET,
    Case,
    Check,
    Handout,
    Malformed,
    artifact,
    check,
    gained,
    one_of,
    per_column,
    share,
    table_artifact,
)
from technique_measures import area_of
from technique_table import Source, drawn, shuffled, split_columns, tokens, unused

ANALYSIS = 'encoding_analysis.json'
ENCODED = {'train': 'train_encoded.csv', 'test': 'test_encoded.csv'}
MAX_WIDTH = 140

CHOICES = {
    'onehot': f'a column a level; right for names or codes without an order, up to {FEW_LEVELS} levels',
    'ordinal': 'one column that keeps the order; right where the names of the levels tell an order',
    'target': f'mean of the target, out of fold; right without an order and with more than {FEW_LEVELS} levels',
    'frequency': f'how often the level occurs; right without an order and with more than {FEW_LEVELS} levels',
    'hash': f'a few hashed columns; right without an order and with more than {FEW_LEVELS} levels',
    'drop': 'left out; right for identifiers, of which nearly every row has one of its own',
}
ALLOWED = {
    'nominal': ('onehot',),
    'code': ('onehot',),
    'ordered': ('ordinal',),
    'many': ('target', 'frequency', 'hash'),
    'identifier': ('drop',),
}


def prepare(source: Source, rng: np.random.Generator, _seed: int) -> Case:
    labels = source.binary()
    source = source.complete(rng)
    source.need(1000)
    source, rows = drawn(replace(source, target=labels), rng, train=4000, test=2500)
    labels = np.asarray(source.target)
    made = categories(source, labels, rows, rng)
    columns, kinds = dict(made.columns), made.kinds
    # Three amounts for two categories, so that naming every column is worth little.
    for _ in range(int(np.ceil(1.5 * len(kinds))) - (len(columns) - len(kinds))):
        columns[unused(rng, columns)] = amount_column(len(source), rng)
    classes = tokens(rng, 'k', 2)
    answers = np.array(classes, dtype=object)[labels]
    train, test = split_columns(shuffled(columns, rng), rows)
    return Case(
        task=_task(classes),
        train={**train, TARGET: answers[:rows]},
        test=test,
        truth={'kinds': kinds, 'positive': classes[1], 'floor': made.floor, 'mark': made.mark},
        private={'test_labels': {'label': answers[rows:]}},
    )


def grade(handout: Handout) -> list[Check]:
    kinds: dict[str, str] = handout.truth['kinds']

    def said(key: str) -> dict[str, Any]:
        return field_of(read_json(handout.answers, ANALYSIS), key, dict, 'an object by column name')

    def found() -> tuple[float, str]:
        named = said('categorical_columns')
        right = sum(title in kinds for title in named)
        score = share(2 * right, len(named) + len(kinds))
        return (
            score,
            f'{right} of {len(kinds)} categorical columns found, {len(named) - right} others named',
        )

    def cardinality() -> tuple[float, str]:
        named = said('categorical_columns')
        right = sum(
            number_of(named.get(title)) == len(set(handout.train[title])) for title in kinds
        )
        asked = len(set(named) | set(kinds))
        return share(right, asked), f'{right} of {asked} are counted right'

    def choices() -> tuple[float, str]:
        named = said('encoding_choices')
        right = sum(named.get(title) in ALLOWED[kind] for title, kind in kinds.items())
        asked = len(set(named) | set(kinds))
        return share(right, asked), f'{right} of {asked} choices fit'

    return [
        check('categorical_columns', 0.25, found),
        check('cardinality', 0.15, cardinality),
        check('encoding_choices', 0.2, choices),
        check('encoded', 0.4, lambda: _encoded(handout)),
    ]


def _encoded(handout: Handout) -> tuple[float, str]:
    train = read_table(
        handout.answers, ENCODED['train'], ids=handout.train[ROW_ID], max_columns=MAX_WIDTH
    )
    titles = list(train)
    test = read_table(handout.answers, ENCODED['test'], ids=handout.test[ROW_ID], columns=titles)
    matrix = np.vstack(
        [_matrix(train, titles, ENCODED['train']), _matrix(test, titles, ENCODED['test'])]
    )
    rows = len(handout.train[ROW_ID])
    given = [*handout.train[TARGET], *handout.private['test_labels']['label']]
    labels = np.array([int(label == handout.truth['positive']) for label in given])
    _probe(matrix, titles, labels, rows)
    reached = auc_of_encoding(matrix, labels, rows)
    floor, mark = handout.truth['floor'], handout.truth['mark']
    return gained(reached, floor, mark), f'AUC {reached:.4f}; counted from {floor} to {mark}'


def _matrix(table: Table, titles: list[str], name: str) -> np.ndarray:
    return np.column_stack([numbers_of(table, title, name) for title in titles])


def _probe(matrix: np.ndarray, titles: list[str], labels: np.ndarray, rows: int) -> None:
    """Raises for a column that knows the training labels: one that separates the classes better there than on test
    rows, by more than luck can do among as many columns."""
    for place, title in enumerate(titles):
        learnt = area_of(labels[:rows], matrix[:rows, place])
        asked = area_of(labels[rows:], matrix[rows:, place])
        learnt, asked = (learnt, asked) if learnt >= 0.5 else (1 - learnt, 1 - asked)
        luck = np.hypot(_deviation(learnt, labels[:rows]), _deviation(asked, labels[rows:]))
        if learnt - asked > max(0.03, 5 * luck):
            raise Malformed(
                f'column "{title}" separates the classes better on the training rows than on the test rows: '
                'it was made from their own labels'
            )


def _deviation(area: float, labels: np.ndarray) -> float:
    """Standard error of an AUC (Hanley and McNeil, 1982)."""
    no, yes = np.bincount(labels)
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (yes - 1) * (first - area**2) + (no - 1) * (second - area**2)
    return float(np.sqrt(max(spread, 0) / (yes * no)))


def _task(classes: list[str]) -> dict[str, Any]:
    fields = {
        'categorical_columns': per_column(
            {'type': 'integer'},
            'each categorical column with its cardinality: how many different values train.csv has',
        ),
        'encoding_choices': per_column(
            one_of(CHOICES, 'see vocabulary'), 'of each categorical column'
        ),
    }
    example = {
        'categorical_columns': {'colour': 4, 'town': 310},
        'encoding_choices': {'colour': 'hash', 'town': 'hash'},
    }
    return {
        'goal': 'Find the categorical columns, choose an encoding for each, and write both files as numbers only. '
        f'The encoded files are scored by a logistic regression that predicts {TARGET} ({" or ".join(classes)}) for the '
        'test rows from your columns. Some levels occur in test.csv only.',
        'id_column': ROW_ID,
        'target': TARGET,
        'rules': [
            'A column is categorical when its values are names: texts, identifiers among them, and codes. Whole numbers '
            'with at most 20 different values are codes; all other numbers are amounts. row_id and the target do not '
            'count.',
            'A column of which more than 90 % of the values in train.csv are different is an identifier.',
            f'The encoded files have {ROW_ID} and the same columns, at most {MAX_WIDTH}, with finite numbers only. '
            f'{TARGET} is not among them.',
            'No column may be made from the labels of the rows that it stands in: such a column scores the part 0.',
        ],
        'vocabulary': {'encoding_choices': CHOICES},
        'artifacts': [
            artifact(ANALYSIS, fields, example),
            *(
                table_artifact(
                    ENCODED[part],
                    f'those of {part}.csv',
                    f'{ROW_ID} and numbers',
                    f'{ROW_ID},a,b\n0,1,0.25\n',
                )
                for part in ENCODED
            ),
        ],
        'scoring': {
            'categorical_columns': '0.25: F1',
            'cardinality': '0.15: exact, share of columns',
            'encoding_choices': '0.2: right for the kind of column, share of columns',
            'encoded': '0.4: AUC of the logistic regression, counted from what leaving categories out or numbering them '
            'alphabetically reaches to what a plain good encoding reaches',
        },
    }
