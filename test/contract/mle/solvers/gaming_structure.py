"""Gaming solvers of cv, scaling and leakage."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import reference_structure as reference
from seen import is_number, read, say, separation
from spoil import Solver, edited, start_right


def cv_everything(public: Path, answers: Path) -> None:
    train, _, task = read(public)
    say(
        answers,
        'cv_analysis.json',
        {'recommended_strategy': list(task['vocabulary']['recommended_strategy'])},
    )
    folds(train, np.arange(len(train)) % 5, answers)


def folds(train: pd.DataFrame, numbers: Any, answers: Path) -> None:
    pd.DataFrame({'row_id': train['row_id'], 'fold': numbers}).to_csv(
        answers / 'folds.csv', index=False
    )


def with_folds(make: Callable[[pd.DataFrame], Any], doc: str) -> Solver:
    """The right strategy by name, with folds that are made otherwise."""

    def solver(public: Path, answers: Path) -> None:
        start_right('cv', public, answers)
        train = read(public)[0]
        folds(train, make(train), answers)

    solver.__doc__ = doc
    return solver


def decoy_groups(public: Path, answers: Path) -> None:
    """Takes what looks like groups for groups."""
    train, test, _ = read(public)
    names = [
        title for title in test if not is_number(train[title]) and train[title].nunique() < 400
    ]
    title = max(names, key=lambda name: train[name].nunique())
    say(answers, 'cv_analysis.json', {'recommended_strategy': 'group'})
    folds(train, pd.factorize(train[title])[0] % 5, answers)


def scaling_everything(public: Path, answers: Path) -> None:
    _, _, task = read(public)
    say(
        answers,
        'scaling_analysis.json',
        {
            'needs_scaling': [True, False],
            'chosen_method': list(task['vocabulary']['chosen_method']),
        },
    )
    say(answers, 'params.json', {'columns': {}})
    unscaled(public, answers)


def unscaled(public: Path, answers: Path) -> None:
    for name in ('train', 'test'):
        shutil.copy(public / f'{name}.csv', answers / f'{name}_scaled.csv')


def always_none(public: Path, answers: Path) -> None:
    """Nothing needs scaling."""
    train, test, _ = read(public)
    reference.scale(train, test, 'none', False, answers)


def always_standard(public: Path, answers: Path) -> None:
    """Everything is standardised."""
    train, test, _ = read(public)
    reference.scale(train, test, 'standard', True, answers)


def copied_files(public: Path, answers: Path) -> None:
    """Right words and parameters, and the files as they were."""
    start_right('scaling', public, answers)
    unscaled(public, answers)


def fit_on(which: str) -> Solver:
    def solver(public: Path, answers: Path) -> None:
        start_right('scaling', public, answers)
        train, test, _ = read(public)
        method = json.loads((answers / 'scaling_analysis.json').read_text())['chosen_method']
        both = pd.concat([train, test]).drop(columns='row_id')
        if which == 'all':
            center, width = reference.fit(both, method)
            columns = {
                title: {'center': center[title], 'scale': width[title]} for title in center.index
            }
            say(answers, 'params.json', {'columns': columns})
        for name, part in (('train', train), ('test', test)):
            inputs = part.drop(columns='row_id')
            if which == 'each':
                center, width = reference.fit(inputs, method)
            scaled = (inputs - center) / width
            scaled.insert(0, 'row_id', part['row_id'])
            scaled.to_csv(answers / f'{name}_scaled.csv', index=False)

    return solver


def leakage_everything(public: Path, answers: Path) -> None:
    """Everything leaks."""
    _, test, _ = read(public)
    titles = list(test.columns.drop('row_id'))
    reference.write_leaks(
        answers, titles, {**dict.fromkeys(titles, 'target_copy'), 'rows': 'duplicate_rows'}
    )


def leakage_every_type(public: Path, answers: Path) -> None:
    """Every column leaks in every way."""
    _, test, task = read(public)
    titles = list(test.columns.drop('row_id'))
    kinds = task['vocabulary']['leakage_type']
    say(
        answers,
        'leakage_analysis.json',
        {
            'leaky_features': [
                {'feature': title, 'leakage_type': kind}
                for title in [*titles, 'rows']
                for kind in kinds
            ],
            'features_analyzed': titles,
            'safe_features': titles,
        },
    )


def strongest(public: Path, answers: Path) -> None:
    """Whatever separates the classes well is a leak."""
    train, test, _ = read(public)
    titles = list(test.columns.drop('row_id'))
    flag = train['target'] == train['target'].iloc[0]
    reference.write_leaks(
        answers,
        titles,
        {title: 'target_copy' for title in titles if separation(train[title], flag) > 0.75},
    )


def no_leak(public: Path, answers: Path) -> None:
    """Nothing leaks."""
    reference.write_leaks(answers, list(read(public)[1].columns.drop('row_id')), {})


def listed_twice(public: Path, answers: Path) -> None:
    """Right leaks, and every column both leaky and safe."""
    start_right('leakage', public, answers)
    answer = json.loads((answers / 'leakage_analysis.json').read_text())
    edited(answers, 'leakage_analysis.json', safe_features=answer['features_analyzed'])
