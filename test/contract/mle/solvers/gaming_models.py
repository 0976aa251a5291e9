"""Gaming solvers of imbalance, missing and encoding."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import reference
from seen import is_number, read, say
from spoil import Solver, edited, start_right


def predictions(test: pd.DataFrame, labels: Any, answers: Path) -> None:
    pd.DataFrame({'row_id': test['row_id'], 'label': labels}).to_csv(
        answers / 'predictions.csv', index=False
    )


def imbalance_everything(public: Path, answers: Path) -> None:
    _, test, task = read(public)
    train = read(public)[0]
    words = task['vocabulary']
    say(
        answers,
        'imbalance_analysis.json',
        {
            'class_distribution': {
                label: count for label in train['target'].unique() for count in range(20_000)
            },
            'imbalance_ratio': [1.5, 6, 30, 150],
            'severity': list(words['severity']),
            'chosen_strategy': list(words['chosen_strategy']),
        },
    )
    predictions(test, '|'.join(train['target'].unique()), answers)


def always_weights(public: Path, answers: Path) -> None:
    """The fashionable strategy whatever the data says; all else is right."""
    start_right('imbalance', public, answers)
    edited(answers, 'imbalance_analysis.json', chosen_strategy='class_weights')


def frequent_class(public: Path, answers: Path) -> None:
    """Right words, and predictions that name the frequent class."""
    start_right('imbalance', public, answers)
    train, test, _ = read(public)
    predictions(test, train['target'].mode()[0], answers)


def ignores_imbalance(public: Path, answers: Path) -> None:
    """Right words, and a good model that ignores the imbalance."""
    train, test, _ = read(public)
    start_right('imbalance', public, answers)
    matrix = pd.get_dummies(pd.concat([train.drop(columns='target'), test]).drop(columns='row_id'))
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    predictions(
        test,
        model.fit(matrix[: len(train)], train['target']).predict(matrix[len(train) :]),
        answers,
    )


def by_lot(public: Path, answers: Path) -> None:
    """Right words, and labels by lot: the hidden ones can only be predicted."""
    train, test, _ = read(public)
    start_right('imbalance', public, answers)
    labels = np.random.default_rng(0).choice(train['target'].unique(), len(test))
    predictions(test, labels, answers)


def half_by_lot(public: Path, answers: Path) -> None:
    """Every other label by lot."""
    start_right('imbalance', public, answers)
    table = pd.read_csv(answers / 'predictions.csv')
    lots = np.random.default_rng(0).choice(read(public)[0]['target'].unique(), len(table))
    table['label'] = np.where(np.arange(len(table)) % 2, lots, table['label'])
    table.to_csv(answers / 'predictions.csv', index=False)


def missing_everything(public: Path, answers: Path) -> None:
    train, _, task = read(public)
    columns = train.columns.drop('row_id')
    words = task['vocabulary']
    say(
        answers,
        'missing_analysis.json',
        {
            'missing_summary': {title: list(range(4000)) for title in columns},
            'missingness_pattern': {title: list(words['missingness_pattern']) for title in columns},
            'chosen_strategy': {title: list(words['chosen_strategy']) for title in columns},
        },
    )
    plain(train).to_csv(answers / 'imputed.csv', index=False)


def plain(train: pd.DataFrame) -> pd.DataFrame:
    filled = train.copy()
    for title in train.columns:
        column = train[title]
        filled[title] = column.fillna(column.median() if is_number(column) else column.mode()[0])
    return filled


def median_fill(public: Path, answers: Path) -> None:
    """Right words, and the median and the mode in every gap."""
    start_right('missing', public, answers)
    plain(read(public)[0]).to_csv(answers / 'imputed.csv', index=False)


def half_median(public: Path, answers: Path) -> None:
    """The median and the mode in every other row."""
    start_right('missing', public, answers)
    train = read(public)[0]
    filled = pd.read_csv(answers / 'imputed.csv')
    filled.where(filled['row_id'] % 2 == 0, plain(train)).to_csv(
        answers / 'imputed.csv', index=False
    )


def changed_cell(public: Path, answers: Path) -> None:
    """Right but for one observed cell."""
    start_right('missing', public, answers)
    train = read(public)[0]
    filled = pd.read_csv(answers / 'imputed.csv')
    title = next(title for title in train if title != 'row_id' and is_number(train[title]))
    row = train[title].first_valid_index()
    filled.loc[row, title] = filled.loc[row, title] * 1.001 + 0.001
    filled.to_csv(answers / 'imputed.csv', index=False)


def gap_left(public: Path, answers: Path) -> None:
    """Right but for one gap."""
    start_right('missing', public, answers)
    train = read(public)[0]
    filled = pd.read_csv(answers / 'imputed.csv')
    title = next(title for title in train if train[title].isna().any())
    filled.loc[train[title].isna().idxmax(), title] = None
    filled.to_csv(answers / 'imputed.csv', index=False)


def rows_dropped(public: Path, answers: Path) -> None:
    """Only the rows without gaps."""
    start_right('missing', public, answers)
    read(public)[0].dropna().to_csv(answers / 'imputed.csv', index=False)


def one_mechanism(public: Path, answers: Path) -> None:
    """Counts, one mechanism for all, and medians."""
    train, _, _ = read(public)
    gaps = {title: int(count) for title, count in train.isna().sum().items() if count}
    say(
        answers,
        'missing_analysis.json',
        {
            'missing_summary': gaps,
            'missingness_pattern': dict.fromkeys(gaps, 'MAR'),
            'chosen_strategy': dict.fromkeys(gaps, 'model'),
        },
    )
    plain(train).to_csv(answers / 'imputed.csv', index=False)


def encoding_everything(public: Path, answers: Path) -> None:
    """Every column is said to be categorical; the files are right."""
    start_right('encoding', public, answers)
    train = read(public)[0]
    titles = train.columns.drop(['row_id', 'target'])
    say(
        answers,
        'encoding_analysis.json',
        {
            'categorical_columns': {title: train[title].nunique() for title in titles},
            'encoding_choices': dict.fromkeys(titles, 'onehot'),
        },
    )


def with_encoding(
    change: Callable[[pd.DataFrame, pd.DataFrame, pd.Series, dict[str, str], Path], None],
) -> Solver:
    """The right analysis, with files that are made otherwise."""

    def solver(public: Path, answers: Path) -> None:
        start_right('encoding', public, answers)
        train, test, _ = read(public)
        target = train.pop('target')
        choices = json.loads((answers / 'encoding_analysis.json').read_text())['encoding_choices']
        change(train, test, target, choices, answers)

    solver.__doc__ = change.__doc__
    return solver


def column_added(answers: Path, train: pd.Series, test: pd.Series) -> None:
    for name, column in (('train', train), ('test', test)):
        table = pd.read_csv(answers / f'{name}_encoded.csv')
        table['added'] = column.to_numpy()
        table.to_csv(answers / f'{name}_encoded.csv', index=False)


def noise_encoded(
    train: Any, test: Any, target: Any, choices: dict[str, str], answers: Path
) -> None:
    """The identifier's target means of its own rows, beside a right encoding."""
    positive = (target == target.iloc[0]).astype(float)
    title = next(title for title, choice in choices.items() if choice == 'drop')
    column_added(
        answers,
        reference.means(train[title], train[title], positive),
        reference.means(test[title], train[title], positive),
    )


def labels_smuggled(
    train: Any, test: Any, target: Any, choices: dict[str, str], answers: Path
) -> None:
    """The training labels as a column; for test rows, what a model thinks of them."""
    positive = (target == target.iloc[0]).astype(float)
    inputs = [
        pd.read_csv(answers / f'{name}_encoded.csv').drop(columns='row_id')
        for name in ('train', 'test')
    ]
    model = RandomForestClassifier(20, min_samples_leaf=5, random_state=0).fit(inputs[0], positive)
    column_added(answers, positive, pd.Series(model.predict_proba(inputs[1])[:, 1]))


def categories_dropped(
    train: Any, test: Any, target: Any, choices: dict[str, str], answers: Path
) -> None:
    """Categories are left out."""
    reference.encode(train, test, target, dict.fromkeys(choices, 'drop'), answers)


def numbered(train: Any, test: Any, target: Any, choices: dict[str, str], answers: Path) -> None:
    """Levels are numbered alphabetically."""
    both = pd.concat([train, test])
    for title in choices:
        both[title] = pd.factorize(both[title], sort=True)[0]
    both[: len(train)].to_csv(answers / 'train_encoded.csv', index=False)
    both[len(train) :].to_csv(answers / 'test_encoded.csv', index=False)


def too_wide(train: Any, test: Any, target: Any, choices: dict[str, str], answers: Path) -> None:
    """A column for each of many levels."""
    for name in ('train', 'test'):
        table = pd.read_csv(answers / f'{name}_encoded.csv')
        extra = pd.DataFrame(
            {f'wide{place}': (table['row_id'] % 101 == place).astype(int) for place in range(101)}
        )
        pd.concat([table, extra], axis=1).to_csv(answers / f'{name}_encoded.csv', index=False)
