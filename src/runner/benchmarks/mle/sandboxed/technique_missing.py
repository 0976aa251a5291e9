"""missing: count gaps, tell why they are there, and fill them.

Gaps are cut into complete columns by one of three mechanisms, so the values below them are known. Why a value is missing
cannot be told from the gapped column alone, so test.csv is a second sample of the same population without the gaps that
were cut, and the mechanisms are made so that the evidence decides (task.json states it): MAR follows one other column
nearly without exception; MNAR follows the value itself and no other column explains it (this is measured at preparation,
or another column is taken); MCAR follows nothing. Gaps that the table had by nature must be counted and filled, but why
they are there is never graded, since nobody knows.

Imputed cells are scored against the median or the mode, up to what a forest reaches with the same files. An observed
cell that changed, or a gap that is left, costs all of that part.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from technique_answers import MAX_NUMBER, Table, field_of, number_of, read_json, read_table
from technique_common import (
    GOOD_ENOUGH,
    ROW_ID,
    Case,
    Check,
    Handout,
    Malformed,
    NotApplicable,
    artifact,
    check,
    clip01,
    gained,
    one_of,
    per_column,
    share,
    shorten,
    table_artifact,
)
from technique_files import floats
from technique_gaps import (
    MECHANISMS,
    MIN_SKILL,
    Sample,
    empty,
    inject,
    injectable_columns,
    masked,
    skill,
    skill_of_forest,
)
from technique_table import Source, columns_of, drawn, shuffled, split_columns

ANALYSIS = 'missing_analysis.json'
IMPUTED = 'imputed.csv'
STRATEGIES = {
    'simple': 'median or mode; enough where gaps follow nothing',
    'model': 'imputed from other columns; right where gaps follow nothing or another column',
    'model_and_indicator': 'imputed from other columns, with a column that tells where a gap was; right where gaps '
    'follow the missing value, so that the gap itself says something',
    'drop_rows': 'rows with a gap are left out; never right here, since all rows are asked for',
}
ALLOWED = {'MCAR': ('simple', 'model'), 'MAR': ('model',), 'MNAR': ('model_and_indicator',)}
# What an agent may leave in a cell that is still a gap.
GAPS = {'', 'na', 'n/a', 'nan', 'none', 'null', '<na>', 'nat', 'inf', '-inf'}


def prepare(source: Source, rng: np.random.Generator, _seed: int) -> Case:
    source.need(600)
    source, rows = drawn(source, rng, train=4000, test=2000)
    table = Sample(*split_columns(shuffled(columns_of(source), rng), rows))
    injectable = injectable_columns(table, rng)
    masks, mechanisms = inject(table, injectable, rng)
    train = {title: masked(values, masks.get(title)) for title, values in table.train.items()}
    good = _attainable(Sample(train, table.test), table.train, masks)
    if not good:
        raise NotApplicable('no gap that can be made here can be filled better than by the median')
    hidden = {
        title: np.where(mask, table.train[title], empty(table.train[title]))
        for title, mask in masks.items()
    }
    kinds = {
        title: 'number' if values.dtype.kind == 'f' else 'name' for title, values in train.items()
    }
    return Case(
        task=_task(list(train)[:2]),
        train=train,
        test=table.test,
        truth={'mechanisms': mechanisms, 'good': good, 'kinds': kinds},
        private={'masked_values': hidden},
    )


def _attainable(
    gapped: Sample, known: dict[str, np.ndarray], masks: dict[str, np.ndarray]
) -> dict[str, float]:
    """The skill that counts as full marks, of each column where there is anything to reach."""
    best = {title: skill_of_forest(gapped, title, mask, known) for title, mask in masks.items()}
    return {
        title: round(GOOD_ENOUGH * value, 4)
        for title, value in best.items()
        if value >= MIN_SKILL / 2
    }


def grade(handout: Handout) -> list[Check]:
    mechanisms: dict[str, str] = handout.truth['mechanisms']
    columns = [title for title in handout.train if title != ROW_ID]
    gaps = {title: handout.train[title].count('') for title in columns}

    def counts() -> tuple[float, str]:
        said = field_of(
            read_json(handout.answers, ANALYSIS), 'missing_summary', dict, 'an object of counts'
        )
        asked = {title for title, count in gaps.items() if count} | {
            title for title in said if number_of(said[title]) != 0
        }
        right = sum(title in gaps and number_of(said.get(title)) == gaps[title] for title in asked)
        return share(right, len(asked)), f'{right} of {len(asked)} columns are counted right'

    def pattern() -> tuple[float, str]:
        said = field_of(
            read_json(handout.answers, ANALYSIS),
            'missingness_pattern',
            dict,
            'an object of mechanisms',
        )
        right = sum(said.get(title) == mechanism for title, mechanism in mechanisms.items())
        return share(right, len(mechanisms)), f'{right} of {len(mechanisms)} mechanisms are right'

    def strategy() -> tuple[float, str]:
        said = field_of(
            read_json(handout.answers, ANALYSIS), 'chosen_strategy', dict, 'an object of strategies'
        )
        right = sum(
            said.get(title) in ALLOWED[mechanism] for title, mechanism in mechanisms.items()
        )
        return share(
            right, len(mechanisms)
        ), f'{right} of {len(mechanisms)} strategies fit the mechanism'

    return [
        check('missing_summary', 0.25, counts),
        check('missingness_pattern', 0.2, pattern),
        check('chosen_strategy', 0.15, strategy),
        check('imputed', 0.4, lambda: _imputed(handout, columns)),
    ]


def _imputed(handout: Handout, columns: list[str]) -> tuple[float, str]:
    filled = read_table(handout.answers, IMPUTED, ids=handout.train[ROW_ID], columns=columns)
    kinds, good = handout.truth['kinds'], handout.truth['good']
    for title in columns:
        _check_column(title, filled, handout.train[title], kinds[title])
    reached = {}
    for title in good:
        given, hidden = handout.train[title], handout.private['masked_values'][title]
        mask = np.array([cell != '' for cell in hidden])
        read = floats if kinds[title] == 'number' else _objects
        value = skill(
            read(filled[title])[mask],
            read(hidden)[mask],
            read(given)[[cell != '' for cell in given]],
        )
        reached[title] = clip01(gained(value, 0.0, good[title]))
    score = share(sum(reached.values()), len(reached))
    return score, f'{score:.0%} of what a plain model gains over median and mode'


def _objects(cells: list[str]) -> np.ndarray:
    return np.array([cell.strip() for cell in cells], dtype=object)


def _check_column(title: str, filled: Table, given: list[str], kind: str) -> None:
    """Raises for an observed cell that changed, and for a gap that is left."""
    for row, (now, then) in enumerate(zip(filled[title], given)):
        now = now.strip()
        if now == then and then:
            continue
        if now.lower() in GAPS:
            raise Malformed(f'{IMPUTED}: column {title} still has a gap in data row {row}')
        if kind == 'number' and not _is_number(now):
            raise Malformed(
                f'{IMPUTED}: column {title} holds "{shorten(now, 40)}", which is no number'
            )
        if then and not (kind == 'number' and math.isclose(float(now), float(then), rel_tol=1e-9)):
            raise Malformed(f'{IMPUTED}: column {title} changed an observed cell in data row {row}')


def _is_number(cell: str) -> bool:
    try:
        return abs(float(cell)) <= MAX_NUMBER
    except ValueError:
        return False


def _task(some: list[str]) -> dict[str, Any]:
    fields = {
        'missing_summary': per_column({'type': 'integer'}, 'empty cells of train.csv by column'),
        'missingness_pattern': per_column(
            one_of(MECHANISMS, 'see vocabulary'), 'of each column with gaps'
        ),
        'chosen_strategy': per_column(
            one_of(STRATEGIES, 'see vocabulary'), 'of each column with gaps'
        ),
    }
    example = {
        'missing_summary': dict.fromkeys(some, 10),
        'missingness_pattern': dict.fromkeys(some, 'MCAR'),
        'chosen_strategy': dict.fromkeys(some, 'drop_rows'),
    }
    return {
        'goal': 'Count the empty cells of each column of train.csv, find out by which mechanism they came about, choose '
        'how to handle each column, and fill every gap. test.csv is another sample of the same population; it has none '
        'of the gaps that were made for this task. Some gaps may have been in the data before: count and fill them too.',
        'id_column': ROW_ID,
        'target': None,
        'vocabulary': {'missingness_pattern': MECHANISMS, 'chosen_strategy': STRATEGIES},
        'artifacts': [
            artifact(ANALYSIS, fields, example),
            table_artifact(
                IMPUTED,
                'those of train.csv',
                'those of train.csv; observed cells as they are, every gap filled',
                f'{ROW_ID},{",".join(some)}\n0,1.5,2.5\n',
            ),
        ],
        'scoring': {
            'missing_summary': '0.25: share of columns counted exactly',
            'missingness_pattern': '0.2: share of columns, those with gaps from before left out',
            'chosen_strategy': '0.15: the same, by what is right for the mechanism',
            'imputed': '0.4: error in the gaps (numbers: RMSE, names: share of wrong ones) against median or mode, up '
            'to what a plain model reaches; 0 when an observed cell changed or a gap is left',
        },
    }
