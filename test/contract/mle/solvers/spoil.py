"""What gaming solvers start from: the right answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import reference
from seen import say

Solver = Callable[[Path, Path], None]


def start_right(task: str, public: Path, answers: Path) -> None:
    """The reference's answers, to spoil. They are made once."""
    kept = answers.parent / 'reference'
    if kept.is_dir() and kept != answers:
        shutil.copytree(kept, answers, dirs_exist_ok=True)
    else:
        reference.SOLVERS[task](public, answers)


def edited(answers: Path, file: str, **changes: Any) -> None:
    answer = json.loads((answers / file).read_text())
    say(answers, file, {**answer, **changes})
