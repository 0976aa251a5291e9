"""Solvers that want the points without the work: nothing, everything at once, and one for each rule against gaming."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

import gaming_models as models
import gaming_structure as structure
from seen import read
from spoil import Solver


def nothing(public: Path, answers: Path) -> None:
    """Hands in nothing."""


def one_word(public: Path, answers: Path) -> None:
    """Every file that is asked for is there, with one word in it."""
    for artifact in read(public)[2]['artifacts']:
        (answers / artifact['file']).write_text('done\n')


def examples(public: Path, answers: Path) -> None:
    """Hands in the examples of task.json."""
    for artifact in read(public)[2]['artifacts']:
        example = artifact['example']
        (answers / artifact['file']).write_text(
            example if isinstance(example, str) else json.dumps(example)
        )


COMMON: dict[str, Solver] = {'nothing': nothing, 'one_word': one_word, 'examples': examples}
SOLVERS: dict[str, dict[str, Solver]] = {
    'imbalance': {
        **COMMON,
        'everything': models.imbalance_everything,
        'always_weights': models.always_weights,
        'frequent_class': models.frequent_class,
        'ignores_imbalance': models.ignores_imbalance,
        'by_lot': models.by_lot,
        'half_by_lot': models.half_by_lot,
    },
    'missing': {
        **COMMON,
        'everything': models.missing_everything,
        'median_fill': models.median_fill,
        'half_median': models.half_median,
        'changed_cell': models.changed_cell,
        'gap_left': models.gap_left,
        'rows_dropped': models.rows_dropped,
        'one_mechanism': models.one_mechanism,
    },
    'encoding': {
        **COMMON,
        'everything': models.encoding_everything,
        'noise_encoded': models.with_encoding(models.noise_encoded),
        'labels_smuggled': models.with_encoding(models.labels_smuggled),
        'categories_dropped': models.with_encoding(models.categories_dropped),
        'numbered': models.with_encoding(models.numbered),
        'too_wide': models.with_encoding(models.too_wide),
    },
    'cv': {
        **COMMON,
        'everything': structure.cv_everything,
        'decoy_groups': structure.decoy_groups,
        'two_folds': structure.with_folds(lambda train: np.arange(len(train)) % 2, 'Too few folds'),
        'one_row_folds': structure.with_folds(
            lambda train: np.arange(len(train)), 'A fold for each row'
        ),
        'one_large_fold': structure.with_folds(
            lambda train: np.minimum(np.arange(len(train)), 4), 'Nearly all rows in one fold'
        ),
        'by_lot': structure.with_folds(
            lambda train: np.random.default_rng(1).permutation(len(train)) % 5,
            'The right word, and folds by lot',
        ),
        'in_file_order': structure.with_folds(
            lambda train: np.arange(len(train)) * 5 // len(train), 'Cut in the order of the file'
        ),
    },
    'scaling': {
        **COMMON,
        'everything': structure.scaling_everything,
        'always_none': structure.always_none,
        'always_standard': structure.always_standard,
        'copied_files': structure.copied_files,
        'fit_on_all': structure.fit_on('all'),
        'fit_on_each': structure.fit_on('each'),
    },
    'leakage': {
        **COMMON,
        'everything': structure.leakage_everything,
        'every_type': structure.leakage_every_type,
        'strongest': structure.strongest,
        'no_leak': structure.no_leak,
        'listed_twice': structure.listed_twice,
    },
}
