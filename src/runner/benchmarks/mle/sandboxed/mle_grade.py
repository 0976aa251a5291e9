"""Grades one submission of a competition, or says whether its format is right.

    mle_grade.py --competition DIR --public DIR [--private DIR] --submission FILE [--validate] [--max-bytes N]

Prints one line of JSON: {"valid", "score", "score_exact", "message"}. A submission that cannot be scored is an answer; only
what is wrong with the competition ends in an exit status other than 0.
"""

import argparse
import io
import json
from pathlib import Path
from typing import Any, Optional

import pandas as pd

from mle_api import InvalidSubmission
from mle_catalogue import CatalogueGrader
from mle_competition import Competition, read_competition
from mle_rows import order_of
from mle_submission import MOST_BYTES, header_of, read_columns, read_own, read_text

# An own grader may ask for another number of rows than the sample has; some bound there has to be.
_MOST_ROWS_PER_SAMPLE_ROW = 20


def main() -> None:
    arguments = _arguments()
    competition = read_competition(arguments.competition)
    try:
        if arguments.validate:
            _validate(competition, arguments)
            answer = _answer(None, None)
        else:
            answer = _answer(_grade(competition, arguments), None)
    except InvalidSubmission as error:
        answer = _answer(None, f'The submission is refused: {error}.')
    print(json.dumps(answer, allow_nan=False), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--competition', type=Path, required=True)
    parser.add_argument('--public', type=Path, required=True)
    parser.add_argument('--private', type=Path)
    parser.add_argument('--submission', type=Path, required=True)
    parser.add_argument('--validate', action='store_true')
    parser.add_argument('--max-bytes', type=int, default=MOST_BYTES)
    arguments = parser.parse_args()
    if arguments.private is None and not arguments.validate:
        parser.error('--private is needed to grade')
    return arguments


def _answer(score: Optional[float], reason: Optional[str]) -> dict[str, Any]:
    return {
        'valid': reason is None,
        'score': None if score is None else round(score, 5),
        'score_exact': score,
        'message': reason,
    }


def _validate(competition: Competition, arguments: argparse.Namespace) -> None:
    sample = arguments.public / competition.config['dataset']['sample_submission']
    settings = competition.config['grader']
    if 'metric' in settings:
        CatalogueGrader(settings).validate(arguments.submission, sample, arguments.max_bytes)
        return
    # What an own grader asks for is not known: the sample's columns, and its rows by the first of them.
    columns = header_of(sample)
    expected = read_own(sample, {columns[0]: 'text'})
    found = read_columns(
        arguments.submission,
        {name: 'text' for name in columns},
        most_rows=expected.rows,
        most_bytes=arguments.max_bytes,
    )
    order_of(found.values[columns[0]], expected.values[columns[0]], columns[0])


def _grade(competition: Competition, arguments: argparse.Namespace) -> float:
    dataset = competition.config['dataset']
    answers = arguments.private / dataset['answers']
    settings = competition.config['grader']
    if 'metric' in settings:
        return CatalogueGrader(settings).grade(arguments.submission, answers, arguments.max_bytes)
    grade = competition.function(settings['grade_fn'], 'grader')
    sample_rows = read_own(arguments.public / dataset['sample_submission'], {}).rows
    most_rows = max(1000, sample_rows * _MOST_ROWS_PER_SAMPLE_ROW)
    text = read_text(arguments.submission, most_rows=most_rows, most_bytes=arguments.max_bytes)
    score = float(grade(pd.read_csv(io.StringIO(text)), pd.read_csv(answers)))
    if not float('-inf') < score < float('inf'):
        raise ArithmeticError(f'the grader of {competition.config["id"]} answered {score}, which is no score')
    return score


if __name__ == '__main__':
    main()
