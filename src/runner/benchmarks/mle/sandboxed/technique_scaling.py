"""scaling: say whether a model needs scaled inputs, choose the method, fit it on the training rows alone.

The model family is fixed by task.json: half the seeds ask for trees, where doing nothing is right. Columns differ in
unit by powers of ten. Some tables have gross outliers (task.json defines them; real columns are cut so that no others
exist), where only the robust method is right. The test rows are shifted, so that parameters that saw them differ
from those of the training rows by far more than the tolerance. Parameters and files are recomputed here column by
column; nothing is believed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from technique_answers import (
    Table,
    choice_of,
    field_of,
    number_of,
    numbers_of,
    read_json,
    read_table,
)
from technique_common import (
    ROW_ID,
    Case,
    Check,
    Handout,
    NotApplicable,
    artifact,
    check,
    one_of,
    pick,
    share,
    table_artifact,
    turn,
)
from technique_files import floats, six_digits
from technique_table import Source, drawn, shuffled, split_columns

ANALYSIS = 'scaling_analysis.json'
PARAMETERS = 'params.json'
SCALED = {'train': 'train_scaled.csv', 'test': 'test_scaled.csv'}
TOLERANCE = 1e-6

TREES = (
    'random forest',
    'gradient-boosted trees',
    'single decision tree',
    'extremely randomised trees',
)
SCALE_SENSITIVE = (
    'k nearest neighbours (Euclidean distance)',
    'support vector machine with an RBF kernel',
    'logistic regression with an L2 penalty',
    'multi-layer perceptron',
)
METHODS = {
    'none': 'center 0, scale 1; right where the model does not care',
    'standard': 'center = mean, scale = standard deviation of the population (divided by n)',
    'minmax': 'center = smallest value, scale = largest - smallest value',
    'robust': 'center = median, scale = 75 % quantile - 25 % quantile (linear interpolation); right where there are '
    'outliers, and only there',
}
Fit = Callable[[np.ndarray], tuple[float, float]]
FITS: dict[str, Fit] = {
    'none': lambda values: (0.0, 1.0),
    'standard': lambda values: (values.mean(), values.std()),
    'minmax': lambda values: (values.min(), values.max() - values.min()),
    'robust': lambda values: (np.median(values), np.subtract(*np.quantile(values, [0.75, 0.25]))),
}


def prepare(source: Source, rng: np.random.Generator, seed: int) -> Case:
    source.need(400)
    source, rows = drawn(source.complete(rng), rng, train=3000, test=1000)
    columns = _columns(source, rows, rng)
    trees, outliers = turn(
        seed, 'scaling', [(True, False), (False, False), (True, True), (False, True)]
    )
    if outliers:
        _plant_outliers(columns, rows, rng)
    train, test = split_columns(
        shuffled({title: _six(values) for title, values in columns.items()}, rng), rows
    )
    model = pick(rng, TREES if trees else SCALE_SENSITIVE)
    methods = ['none'] if trees else ['robust'] if outliers else ['standard', 'minmax']
    return Case(
        task=_task(model, list(train)[:2]),
        train=train,
        test=test,
        truth={'needs_scaling': not trees, 'methods': methods},
    )


def _columns(source: Source, rows: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Columns in units that differ, without outliers of their own, the test rows shifted."""
    columns = {}
    late = np.arange(len(source)) >= rows
    for title, column in source.numbers.items():
        values = column.to_numpy()
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        spread = high - low
        if spread <= 0 or len(np.unique(values)) < 20:
            continue
        calm = np.clip(values, middle - 3 * spread, middle + 3 * spread)
        shift = rng.uniform(0.5, 1.5) * spread * (1 if rng.random() < 0.5 else -1)
        columns[title] = (calm + np.where(late, shift, 0)) * 10.0 ** int(rng.integers(-2, 4))
    if len(columns) < 2:
        raise NotApplicable('fewer than 2 columns of numbers that vary')
    return columns


def _plant_outliers(columns: dict[str, np.ndarray], rows: int, rng: np.random.Generator) -> None:
    """Gross errors in 1 to 2 % of the cells of at least half the columns."""
    titles = list(columns)
    chosen = rng.permutation(len(titles))[
        : int(rng.integers((len(titles) + 1) // 2, len(titles) + 1))
    ]
    for place in chosen:
        values = columns[titles[place]].copy()
        spread = float(np.subtract(*np.quantile(values[:rows], [0.75, 0.25])))
        hit = rng.random(len(values)) < rng.uniform(0.01, 0.02)
        hit[rng.permutation(rows)[:2]] = True
        values[hit] += (
            spread
            * rng.uniform(30, 80, int(hit.sum()))
            * np.where(rng.random(int(hit.sum())) < 0.7, 1, -1)
        )
        columns[titles[place]] = values


def _six(values: np.ndarray) -> np.ndarray:
    return np.array([six_digits(value) for value in values])


def grade(handout: Handout) -> list[Check]:
    titles = [title for title in handout.train if title != ROW_ID]
    truth = handout.truth

    def needs() -> tuple[float, str]:
        said = field_of(
            read_json(handout.answers, ANALYSIS), 'needs_scaling', bool, 'true or false'
        )
        return float(
            said == truth['needs_scaling']
        ), f'scaling is {"" if truth["needs_scaling"] else "not "}needed'

    def method() -> tuple[float, str]:
        said = choice_of(read_json(handout.answers, ANALYSIS), 'chosen_method', list(METHODS))
        return float(said in truth['methods']), f'right here: {", ".join(truth["methods"])}'

    return [
        check('needs_scaling', 0.2, needs),
        check('chosen_method', 0.2, method),
        check('train_scaled', 0.4, lambda: _train_scaled(handout, titles)),
        check('test_scaled', 0.2, lambda: _test_scaled(handout, titles)),
    ]


def _wanted(handout: Handout, titles: list[str]) -> dict[str, tuple[float, float]]:
    """Center and scale of each column by the method that was chosen, from the training rows."""
    said = choice_of(read_json(handout.answers, ANALYSIS), 'chosen_method', list(METHODS))
    fits = {title: FITS[said](floats(handout.train[title])) for title in titles}
    return {title: (float(center), float(scale) or 1.0) for title, (center, scale) in fits.items()}


def _train_scaled(handout: Handout, titles: list[str]) -> tuple[float, str]:
    said = field_of(
        read_json(handout.answers, PARAMETERS), 'columns', dict, 'an object by column name'
    )
    scaled = read_table(handout.answers, SCALED['train'], ids=handout.train[ROW_ID], columns=titles)
    right = 0
    for title, (center, scale) in _wanted(handout, titles).items():
        given = said.get(title) if isinstance(said.get(title), dict) else {}
        stated = [number_of(given.get(key)) for key in ('center', 'scale')]
        agrees = all(_close(value, wanted, scale) for value, wanted in zip(stated, (center, scale)))
        right += agrees and _applied(scaled, handout.train, title, SCALED['train'], (center, scale))
    return share(
        right, len(titles)
    ), f'{right} of {len(titles)} columns are as the training rows give them'


def _test_scaled(handout: Handout, titles: list[str]) -> tuple[float, str]:
    scaled = read_table(handout.answers, SCALED['test'], ids=handout.test[ROW_ID], columns=titles)
    right = sum(
        _applied(scaled, handout.test, title, SCALED['test'], parameters)
        for title, parameters in _wanted(handout, titles).items()
    )
    return share(
        right, len(titles)
    ), f'{right} of {len(titles)} columns are scaled as the training rows ask for'


def _close(value: float | None, wanted: float, scale: float) -> bool:
    return value is not None and abs(value - wanted) <= TOLERANCE * max(abs(wanted), scale)


def _applied(
    scaled: Table, given: Any, title: str, name: str, parameters: tuple[float, float]
) -> bool:
    center, scale = parameters
    wanted = (floats(given[title]) - center) / scale
    return bool(
        (
            np.abs(numbers_of(scaled, title, name) - wanted)
            <= TOLERANCE * np.maximum(1, np.abs(wanted))
        ).all()
    )


def _task(model: str, some: list[str]) -> dict[str, Any]:
    number = {'type': 'number'}
    one = {
        'type': 'object',
        'required': ['center', 'scale'],
        'properties': {'center': number, 'scale': number},
    }
    fields = {
        'needs_scaling': {
            'type': 'boolean',
            'description': 'whether the model depends on the scale of its inputs',
        },
        'chosen_method': one_of(METHODS, 'see vocabulary; one for the whole table'),
    }
    columns = {
        'columns': {'type': 'object', 'additionalProperties': one, 'description': 'by column name'}
    }
    return {
        'goal': f'The rows are to be the inputs of this model: {model}. Say whether it needs scaled inputs, choose the '
        'method, fit it, and write both files scaled.',
        'model': model,
        'id_column': ROW_ID,
        'target': None,
        'rules': [
            'Every column but row_id is an input and is scaled: (value - center) / scale. A scale of 0 counts as 1. '
            'With "none" the files hold the values as they are, with center 0 and scale 1.',
            'An outlier is a value that is more than 10 interquartile ranges away from the median of its column. With '
            'outliers in train.csv only "robust" is right; without any, "standard" and "minmax" are equally right.',
            'Where the model does not depend on the scale, only "none" is right.',
            'Both files have row_id and the inputs, to at least 9 significant digits.',
        ],
        'vocabulary': {'chosen_method': METHODS},
        'artifacts': [
            artifact(ANALYSIS, fields, {'needs_scaling': True, 'chosen_method': 'minmax'}),
            artifact(
                PARAMETERS,
                columns,
                {'columns': {title: {'center': 1.5, 'scale': 2.5} for title in some}},
            ),
            *(
                table_artifact(
                    SCALED[part],
                    f'those of {part}.csv',
                    'row_id and the inputs',
                    f'row_id,{",".join(some)}\n0,0.123456789,-1.5\n',
                )
                for part in SCALED
            ),
        ],
        'scoring': {
            'needs_scaling': '0.2',
            'chosen_method': '0.2',
            'train_scaled': '0.4: share of columns whose parameters and scaled training rows agree to 1e-6 with the '
            'chosen method fitted to train.csv',
            'test_scaled': '0.2: share of columns whose test rows are scaled with these same parameters',
        },
    }
