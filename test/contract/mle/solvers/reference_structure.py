"""The honest expert's other half: cv, scaling and leakage (see reference.py)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

from seen import is_number, read, say, separation


def moments(column: pd.Series) -> pd.Series | None:
    if is_number(column):
        return column
    read_as = pd.to_datetime(column, errors='coerce', format='%Y-%m-%d %H:%M:%S')
    return read_as if read_as.notna().all() else None


def cv(public: Path, answers: Path) -> None:
    train, test, _ = read(public)
    strategy, splits = plan(train, test, folds=5)
    say(answers, 'cv_analysis.json', {'recommended_strategy': strategy})
    folds = pd.DataFrame({'row_id': train['row_id'], 'fold': splits})
    folds.to_csv(answers / 'folds.csv', index=False)


def plan(train: pd.DataFrame, test: pd.DataFrame, folds: int) -> tuple[str, np.ndarray]:
    titles = [title for title in test.columns if title != 'row_id']
    for title in titles:
        here, there = moments(train[title]), moments(test[title])
        if here is not None and there is not None and there.min() > here.max():
            return 'timeseries', (
                here.rank(method='first').astype(int) - 1
            ).to_numpy() * folds // len(train)
    for title in titles:
        grouped = not is_number(train[title]) and train[title].nunique() < len(train) / 3
        if grouped and not set(train[title]) & set(test[title]):
            return 'group', number(GroupKFold(folds).split(train, groups=train[title]), len(train))
    if is_number(train['target']):
        return 'kfold', number(KFold(folds, shuffle=True, random_state=3).split(train), len(train))
    splitter = StratifiedKFold(folds, shuffle=True, random_state=3)
    return 'stratified', number(splitter.split(train, train['target']), len(train))


def number(splits: Iterable, rows: int) -> np.ndarray:
    folds = np.zeros(rows, dtype=int)
    for fold, (_, asked) in enumerate(splits):
        folds[asked] = fold
    return folds


def scaling(public: Path, answers: Path) -> None:
    train, test, task = read(public)
    needed = not any(word in task['model'] for word in ('tree', 'forest'))
    inputs = train.drop(columns='row_id')
    spread = inputs.quantile(0.75) - inputs.quantile(0.25)
    outliers = ((inputs - inputs.median()).abs() > 10 * spread).any().any()
    scale(
        train, test, 'none' if not needed else 'robust' if outliers else 'standard', needed, answers
    )


def fit(inputs: pd.DataFrame, method: str) -> tuple[pd.Series, pd.Series]:
    ones = pd.Series(1.0, index=inputs.columns)
    if method == 'none':
        return 0 * ones, ones
    if method == 'standard':
        return inputs.mean(), inputs.std(ddof=0)
    if method == 'minmax':
        return inputs.min(), inputs.max() - inputs.min()
    return inputs.median(), inputs.quantile(0.75) - inputs.quantile(0.25)


def scale(
    train: pd.DataFrame, test: pd.DataFrame, method: str, needed: bool, answers: Path
) -> None:
    center, width = fit(train.drop(columns='row_id'), method)
    say(answers, 'scaling_analysis.json', {'needs_scaling': needed, 'chosen_method': method})
    columns = {title: {'center': center[title], 'scale': width[title]} for title in center.index}
    say(answers, 'params.json', {'columns': columns})
    for name, part in (('train', train), ('test', test)):
        scaled = (part.drop(columns='row_id') - center) / width
        scaled.insert(0, 'row_id', part['row_id'])
        scaled.to_csv(answers / f'{name}_scaled.csv', index=False)


def leakage(public: Path, answers: Path) -> None:
    train, test, _ = read(public)
    flag = train['target'] == train['target'].iloc[0]
    titles = [title for title in test.columns if title != 'row_id']
    identifiers = [title for title in titles if is_identifier(train[title], test[title])]
    leaks = {
        title: kind
        for title in titles
        if (kind := leak_of(train[title], test[title], flag, title in identifiers))
    }
    compared = [
        title for title in titles if title not in identifiers and leaks.get(title) != 'post_event'
    ]
    here = set(train[compared].itertuples(index=False, name=None))
    if sum(
        row in here
        for row in test[compared].astype(train[compared].dtypes).itertuples(index=False, name=None)
    ):
        leaks['rows'] = 'duplicate_rows'
    write_leaks(answers, titles, leaks)


def is_identifier(here: pd.Series, there: pd.Series) -> bool:
    both = pd.concat([here, there])
    return is_number(both) and both.notna().all() and both.is_unique and bool((both % 1 == 0).all())


def leak_of(here: pd.Series, there: pd.Series, flag: pd.Series, identifier: bool) -> str | None:
    if there.isna().all():
        return 'post_event'
    alone = separation(here, flag)
    if identifier:
        return 'ordered_id' if alone > 0.9 else None
    return 'target_copy' if alone > 0.95 else None


def write_leaks(answers: Path, titles: list[str], leaks: dict[str, str]) -> None:
    say(
        answers,
        'leakage_analysis.json',
        {
            'leaky_features': [
                {'feature': title, 'leakage_type': kind} for title, kind in leaks.items()
            ],
            'features_analyzed': titles,
            'safe_features': [title for title in titles if title not in leaks],
        },
    )
