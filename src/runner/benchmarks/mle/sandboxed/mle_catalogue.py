"""Grades by a metric of the catalogue: what the configuration's `grader` says, without code of the competition."""

from pathlib import Path
from typing import Any, Optional, Sequence

import numpy as np

from mle_api import InvalidSubmission
from mle_metrics import METRICS, Metric, Range, score_of
from mle_rows import order_of, whole_number
from mle_submission import MOST_BYTES, Columns, Kind, quoted, read_columns, read_own

# What a submission is held against: how many rows, and their ids where rows have some.
Expected = tuple[int, Optional[Sequence[str]]]


class CatalogueGrader:
    def __init__(self, settings: dict[str, Any]):
        self.metric: Metric = METRICS[settings['metric']]
        self.id_column: Optional[str] = settings['id_column']
        self.targets: list[str] = settings['target_columns']
        self.answer_columns: list[str] = settings.get('answer_columns') or self.targets
        self._range: Range = tuple(settings.get('range') or self.metric.range)
        self._tolerance: Optional[float] = settings.get('row_sum_tolerance')
        self._ignored: Optional[float] = settings.get('ignore_value')
        self._average: str = settings.get('average') or 'binary'
        if len(self.targets) > 1 and not self.metric.columnwise:
            raise ValueError(f'{settings["metric"]} is a metric of one column, and {len(self.targets)} are named')

    def validate(self, submission: Path, sample: Path, most_bytes: int = MOST_BYTES) -> None:
        """Raises InvalidSubmission for what is wrong with the format. No answer has a part in it."""
        self._read(submission, self._expected(read_own(sample, self._ids)), most_bytes)

    def grade(self, submission: Path, answers: Path, most_bytes: int = MOST_BYTES) -> float:
        """The exact score. Raises InvalidSubmission where there is none; anything else is a fault of the competition."""
        of_names = self.metric.columnwise and len(self.answer_columns) == 1 < len(self.targets)
        kind: Kind = 'text' if of_names else self.metric.kind
        known = read_own(answers, {**self._ids, **{name: kind for name in self.answer_columns}})
        truth = [known.values[name] for name in self.answer_columns]
        if of_names:
            labels = np.array(truth[0])
            truth = [(labels == target).astype(np.int64) for target in self.targets]
        predictions, order = self._read(submission, self._expected(known), most_bytes)
        if self.metric.kind == 'text':
            truth, predictions = _codes(truth, predictions)
        return self._score(np.column_stack(truth), np.column_stack(predictions)[order])

    def _score(self, truth: np.ndarray, predictions: np.ndarray) -> float:
        if self._ignored is not None:
            kept = ~(truth == self._ignored).any(axis=1)
            truth, predictions = truth[kept], predictions[kept]
        if not self.metric.columnwise:
            truth, predictions = truth[:, 0], predictions[:, 0]
        return score_of(self.metric, truth, predictions, self._average)

    @property
    def _ids(self) -> dict[str, Kind]:
        return {} if self.id_column is None else {self.id_column: 'text'}

    def _expected(self, known: Columns) -> Expected:
        return known.rows, None if self.id_column is None else known.values[self.id_column]

    def _read(self, submission: Path, expected: Expected, most_bytes: int) -> tuple[list[Sequence], np.ndarray]:
        """The predictions as they stand there, and for each expected row the row that answers it."""
        rows, ids = expected
        columns = read_columns(
            submission,
            {**self._ids, **{name: self.metric.kind for name in self.targets}},
            most_rows=rows,
            most_bytes=most_bytes,
            others_allowed=not self.metric.only_targets,
        )
        if self.id_column is not None and ids is not None:
            order = order_of(columns.values[self.id_column], ids, self.id_column)
        elif columns.rows == rows:
            order = np.arange(rows)
        else:
            raise InvalidSubmission(f'it has {columns.rows} rows, where {rows} are expected')
        self._check(columns)
        return [columns.values[name] for name in self.targets], order

    def _check(self, columns: Columns) -> None:
        """What can be said of the predictions by themselves."""
        if self.metric.kind == 'text':
            return
        low, high = self._range
        for name in self.targets:
            values = columns.values[name]
            wrong = np.zeros(len(values), dtype=bool)
            if low is not None:
                wrong |= values < low
            if high is not None:
                wrong |= values > high
            if wrong.any():
                row = int(np.argmax(wrong))
                raise InvalidSubmission(f'row {row + 1}: {quoted(name)} is {values[row]}, which is not {_range_in_words(low, high)}')
        if self._tolerance is not None:
            sums = np.sum([columns.values[name] for name in self.targets], axis=0)
            wrong = np.abs(sums - 1) > self._tolerance
            if wrong.any():
                row = int(np.argmax(wrong))
                raise InvalidSubmission(f'row {row + 1} adds up to {sums[row]}, and not to 1')


def _range_in_words(low: Optional[float], high: Optional[float]) -> str:
    if low is None:
        return f'at most {high}'
    return f'at least {low}' if high is None else f'between {low} and {high}'


def _codes(truth: list[Sequence[str]], predictions: list[Sequence[str]]) -> tuple[list, list]:
    """Labels as numbers: those of the answers where they are whole numbers, otherwise a number for each text."""
    whole = all(whole_number(label) is not None for column in truth for label in column)
    codes: dict[str, int] = {}

    def code(label: str, row: int) -> int:
        if not whole:
            return codes.setdefault(label, len(codes))
        digits = whole_number(label)
        # A longer number is no label, and does not fit where the others do.
        if digits is None or len(digits) > 18:
            raise InvalidSubmission(f'row {row + 1}: the label {quoted(label)} is not a whole number')
        return int(digits)

    def coded(columns: list[Sequence[str]]) -> list:
        return [[code(label, row) for row, label in enumerate(column)] for column in columns]

    return coded(truth), coded(predictions)
