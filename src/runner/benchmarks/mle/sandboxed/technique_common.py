"""What the technique tasks share: what a prepared task is, and how checks become a score.

A task is made once (`prepare`) from a table and a seed, and graded as often as needed (`grade`). Everything that a grade
rests on is computed from the private folder and the public files as they were handed out, never from what an agent says
about itself. Prose is stored and never scored.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

PASS_MARK = 0.7
ROW_ID = 'row_id'
TARGET = 'target'

# Share of the way from a lazy answer to a good plain one that gets full marks: an expert's model is another one than
# ours, and what separates the two on a finite test set is partly luck.
GOOD_ENOUGH = 0.8


class NotApplicable(Exception):
    """The data does not fit the task; the message says why, for people."""


class Unusable(Exception):
    """What a user named is not there or cannot be read; the message says what, for people."""


class Malformed(Exception):
    """Something that an agent handed in cannot be used; the message says what is expected."""


@dataclass(frozen=True)
class Case:
    """A prepared task. Tables are columns of values by name; both folders' files are made from it alone."""

    task: Mapping[str, Any]
    train: Mapping[str, Any]
    test: Mapping[str, Any]
    truth: Mapping[str, Any]
    private: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Handout:
    """A prepared task as it stands on disk, and the folder that an agent handed in. Cells are texts."""

    train: Mapping[str, list[str]]
    test: Mapping[str, list[str]]
    truth: Mapping[str, Any]
    private: Mapping[str, Mapping[str, list[str]]]
    answers: Path


@dataclass(frozen=True)
class Check:
    name: str
    weight: float
    score: float
    message: str


def check(name: str, weight: float, judge: Callable[[], tuple[float, str]]) -> Check:
    """One part of the score. What is malformed scores 0 in this part and says why; nothing leaves [0, 1]."""
    try:
        score, message = judge()
    except Malformed as problem:
        score, message = 0.0, str(problem)
    return Check(name, weight, clip01(score), shorten(message))


def clip01(value: float) -> float:
    """NaN counts as nothing."""
    return 0.0 if math.isnan(value) else float(min(1.0, max(0.0, value)))


def share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def gained(value: float, floor: float, good: float) -> float:
    """How far `value` is on the way from a lazy answer to what is good enough. Larger is better."""
    return (value - floor) / (good - floor) if good > floor else 0.0


def shorten(text: str, limit: int = 300) -> str:
    """Agents choose names and values that messages repeat."""
    line = ' '.join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + '…'


def total(checks: list[Check]) -> float:
    """Weighted sum, rounded so that 0.7 made of tenths is 0.7."""
    return clip01(round(sum(part.weight * part.score for part in checks), 6))


def generator(seed: int, task: str) -> np.random.Generator:
    """A stream of its own for each task, the same with every version of numpy that we know."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *task.encode()])))


def turn(seed: int, task: str, options: Sequence[Any]) -> Any:
    """A variant of a task. Seeds that follow each other get all of them, in an order by lot, so that a run of few seeds
    is no run of one variant."""
    block, place = divmod(seed, len(options))
    return options[int(generator(block, f'{task} {len(options)}').permutation(len(options))[place])]


def pick(rng: np.random.Generator, options: Any) -> Any:
    """One of a sequence, as it is (numpy's own choice makes arrays of it)."""
    return options[int(rng.integers(len(options)))]


def artifact(file: str, fields: Mapping[str, Any], example: Mapping[str, Any]) -> dict[str, Any]:
    """How task.json describes a JSON file that is asked for. `fields` are JSON Schemas with a description each."""
    schema = {'type': 'object', 'required': list(fields), 'properties': dict(fields)}
    return {'file': file, 'format': 'json', 'schema': schema, 'example': dict(example)}


def table_artifact(file: str, rows: str, columns: str, example: str) -> dict[str, Any]:
    """The same for a CSV file."""
    return {'file': file, 'format': 'csv', 'rows': rows, 'columns': columns, 'example': example}


def one_of(words: Mapping[str, str] | list[str], description: str) -> dict[str, Any]:
    return {'type': 'string', 'enum': list(words), 'description': description}


def per_column(value: Mapping[str, Any], description: str) -> dict[str, Any]:
    """An object from column names to values of one kind."""
    return {'type': 'object', 'additionalProperties': dict(value), 'description': description}
