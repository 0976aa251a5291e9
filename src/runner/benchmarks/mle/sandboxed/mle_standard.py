"""Preparers for competitions that need no code: config.yaml says `preparer: mle_standard.py:split` or `…:ready`.

What they have to know of the competition they read in its configuration.
"""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from mle_api import configuration, raw_file, split as split_rows, write_csv

TEST_SHARE = 0.1
# Samples say what they say without a look at the data; classes and numbers are met most often, or on average.
_EVEN = ('auc', 'log-loss', 'mean-columnwise-auc')
_LABELS = ('accuracy', 'f1', 'quadratic-kappa')


def ready(raw: Path, public: Path, private: Path) -> None:
    """Takes data that is prepared already: the raw data has a folder `public` and a folder `private`."""
    for name, target in (('public', public), ('private', private)):
        if not (raw / name).is_dir():
            raise FileNotFoundError(f'the raw data has no folder {name}')
        shutil.copytree(raw / name, target, dirs_exist_ok=True)


def split(raw: Path, public: Path, private: Path) -> dict[str, int]:
    """Splits a labelled table: nine of ten rows are public with their answers, the others without."""
    dataset, grader = configuration()['dataset'], configuration()['grader']
    if dataset.get('train') is None or 'metric' not in grader or grader['id_column'] is None:
        raise ValueError('to split a table, config.yaml has to name dataset.train and a grader with metric and id_column')
    answers = grader.get('answer_columns') or grader['target_columns']
    file = dataset['train']['file']
    rows = pd.read_csv(raw_file(raw, file), float_precision='round_trip', dtype={grader['id_column']: str})
    missing = [name for name in (grader['id_column'], *answers) if name not in rows]
    if missing:
        raise ValueError(f'{file} has no column {missing[0]}')

    train, test = split_rows(rows, TEST_SHARE)
    write_csv(train, public / file)
    write_csv(test.drop(columns=answers), public / 'test.csv')
    write_csv(test[[grader['id_column'], *answers]], private / dataset['answers'])
    sample = {target: _sample(grader, target, train) for target in grader['target_columns']}
    write_csv(test[[grader['id_column']]].assign(**sample), public / dataset['sample_submission'])
    return {'train': len(train), 'test': len(test)}


def _sample(grader: dict[str, Any], target: str, train: pd.DataFrame) -> Any:
    metric = grader['metric']
    if metric in _EVEN:
        return 0.5
    if metric == 'multiclass-log-loss':
        return 1 / len(grader['target_columns'])
    answers = train[dict(zip(grader['target_columns'], grader.get('answer_columns') or grader['target_columns']))[target]]
    return answers.mode()[0] if metric in _LABELS else answers.mean()
