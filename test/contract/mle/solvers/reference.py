"""What an honest expert hands in, from public/ alone: train.csv, test.csv and what task.json says in words.

imbalance, missing and encoding are here, cv, scaling and leakage in reference_structure.py.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from reference_structure import cv, leakage, scaling
from seen import is_number, read, say, separation


def imbalance(public: Path, answers: Path) -> None:
    train, test, _ = read(public)
    labels = train.pop('target')
    counts = labels.value_counts()
    ratio = counts.max() / counts.min()
    severity = (
        'balanced'
        if ratio < 3
        else 'moderate'
        if ratio <= 10
        else 'severe'
        if ratio <= 100
        else 'extreme'
    )
    strategy = 'none' if severity == 'balanced' else 'class_weights'
    say(
        answers,
        'imbalance_analysis.json',
        {
            'class_distribution': counts.to_dict(),
            'imbalance_ratio': ratio,
            'severity': severity,
            'chosen_strategy': strategy,
        },
    )
    weights = None if strategy == 'none' else 'balanced'
    models = [
        make_pipeline(
            StandardScaler(), LogisticRegression(class_weight=weights, max_iter=2000, C=0.3)
        ),
        RandomForestClassifier(
            30, max_depth=8, min_samples_leaf=8, class_weight=weights, random_state=1
        ),
    ]
    matrix = pd.get_dummies(pd.concat([train, test]).drop(columns='row_id'))
    rows = len(train)
    folds = StratifiedKFold(2, shuffle=True, random_state=0)
    reached = [
        cross_val_score(model, matrix[:rows], labels, cv=folds, scoring='balanced_accuracy').mean()
        for model in models
    ]
    best = models[int(np.argmax(reached))].fit(matrix[:rows], labels)
    predicted = pd.DataFrame({'row_id': test['row_id'], 'label': best.predict(matrix[rows:])})
    predicted.to_csv(answers / 'predictions.csv', index=False)


def mechanism(train: pd.DataFrame, test: pd.DataFrame, title: str) -> str:
    gap = train[title].isna()
    others = [other for other in train.columns if other not in ('row_id', title)]
    if max(separation(train[other], gap) for other in others) >= 0.9:
        return 'MAR'
    here, there = train[title].dropna(), test[title].dropna()
    if is_number(train[title]):
        differ = ks_2samp(here, there).statistic
    else:
        differ = (
            here.value_counts(normalize=True)
            .sub(there.value_counts(normalize=True), fill_value=0)
            .abs()
            .max()
        )
    return 'MNAR' if differ > 0.08 else 'MCAR'


def missing(public: Path, answers: Path) -> None:
    train, test, _ = read(public)
    gapped = [title for title in train.columns if train[title].isna().any()]
    mechanisms = {title: mechanism(train, test, title) for title in gapped}
    strategies = {'MCAR': 'model', 'MAR': 'model', 'MNAR': 'model_and_indicator'}
    say(
        answers,
        'missing_analysis.json',
        {
            'missing_summary': {title: int(train[title].isna().sum()) for title in gapped},
            'missingness_pattern': mechanisms,
            'chosen_strategy': {title: strategies[mechanisms[title]] for title in gapped},
        },
    )
    impute(train, test, gapped).to_csv(answers / 'imputed.csv', index=False)


def impute(train: pd.DataFrame, test: pd.DataFrame, gapped: list[str]) -> pd.DataFrame:
    both = pd.concat([train, test], ignore_index=True).drop(columns='row_id')
    coded = both.apply(
        lambda column: (
            column if is_number(column) else pd.Series(pd.factorize(column)[0]).astype(float)
        )
    )
    filled = train.copy()
    for title in gapped:
        known = both[title].notna().to_numpy()
        kind = (
            HistGradientBoostingRegressor
            if is_number(both[title])
            else HistGradientBoostingClassifier
        )
        inputs = coded.drop(columns=title)
        model = kind(max_iter=25, learning_rate=0.2, random_state=0).fit(
            inputs[known], both[title][known]
        )
        gap = train[title].isna()
        filled.loc[gap, title] = model.predict(inputs[: len(train)][gap.to_numpy()])
    return filled


WORDS = [
    ['very low', 'low', 'middle', 'high', 'very high'],
    ['never', 'rarely', 'sometimes', 'often', 'always'],
    ['poor', 'fair', 'good', 'very good', 'excellent'],
    ['tiny', 'small', 'medium', 'large', 'huge'],
    ['primary school', 'secondary school', 'bachelor', 'master', 'doctorate'],
]


def choice(column: pd.Series) -> str | None:
    """How a column is to be encoded; None for one that is no category."""
    levels = column.nunique()
    if is_number(column) and not (levels <= 20 and (column % 1 == 0).all()):
        return None
    if levels > 0.9 * len(column):
        return 'drop'
    if any(set(column) <= set(words) for words in WORDS):
        return 'ordinal'
    return 'onehot' if levels <= 15 else 'target'


def encoding(public: Path, answers: Path) -> None:
    train, test, _ = read(public)
    target = train.pop('target')
    titles = [title for title in train.columns if title != 'row_id']
    choices = {title: found for title in titles if (found := choice(train[title]))}
    say(
        answers,
        'encoding_analysis.json',
        {
            'categorical_columns': {title: train[title].nunique() for title in choices},
            'encoding_choices': choices,
        },
    )
    encode(train, test, target, choices, answers)


def encode(
    train: pd.DataFrame,
    test: pd.DataFrame,
    target: pd.Series,
    choices: dict[str, str],
    answers: Path,
) -> None:
    encoded = {'train': {'row_id': train['row_id']}, 'test': {'row_id': test['row_id']}}
    positive = (target == sorted(target.unique())[0]).astype(float)
    for title in train.columns.drop('row_id'):
        how = choices.get(title)
        for name, part in (('train', train), ('test', test)):
            column = part[title]
            if how is None:
                encoded[name][title] = column
            elif how == 'ordinal':
                words = next(words for words in WORDS if column[0] in words)
                encoded[name][title] = column.map(words.index)
            elif how == 'onehot':
                for place, level in enumerate(sorted(train[title].unique())):
                    encoded[name][f'{title}_{place}'] = (column == level).astype(int)
            elif how == 'target':
                encoded[name][title] = (
                    out_of_fold(train[title], positive)
                    if name == 'train'
                    else (means(column, train[title], positive))
                )
    for name, columns in encoded.items():
        pd.DataFrame(columns).to_csv(answers / f'{name}_encoded.csv', index=False)


def means(asked: pd.Series, column: pd.Series, positive: pd.Series) -> pd.Series:
    levels = positive.groupby(column).agg(['sum', 'count'])
    smooth = (levels['sum'] + 5 * positive.mean()) / (levels['count'] + 5)
    return asked.map(smooth).fillna(positive.mean())


def out_of_fold(column: pd.Series, positive: pd.Series) -> pd.Series:
    result = pd.Series(0.0, index=column.index)
    for learnt, asked in KFold(5, shuffle=True, random_state=0).split(column):
        result.iloc[asked] = means(column.iloc[asked], column.iloc[learnt], positive.iloc[learnt])
    return result


SOLVERS = {
    'imbalance': imbalance,
    'missing': missing,
    'encoding': encoding,
    'cv': cv,
    'scaling': scaling,
    'leakage': leakage,
}
