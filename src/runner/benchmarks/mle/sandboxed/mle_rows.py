"""Which row of a submission answers which row of the answers: by id, whatever the order.

Ids are text. They are compared without the blanks around them, and, where every expected id is a whole number, as numbers,
since programs that read `007` or `7` as a number write `7` or `7.0`.
"""

import re
from collections import defaultdict, deque
from typing import Callable, Optional, Sequence

import numpy as np

from mle_api import InvalidSubmission
from mle_submission import quoted

_WHOLE = re.compile(r'([+-]?)0*(\d+?)(?:\.0*)?', re.ASCII)


def order_of(ids: Sequence[str], expected: Sequence[str], column: str) -> np.ndarray:
    """For each expected id, in order, the row of the submission that has it.

    An id that is expected several times has to be there as often, and is matched in order. Refused are unknown, repeated
    and missing ids; the reasons show ids that the sample submission has as well.
    """
    normal = _normaliser(expected)
    place_of = _places([normal(text) for text in expected])
    order = np.full(len(expected), -1, dtype=np.int64)
    for row, text in enumerate(ids):
        place = place_of(normal(text))
        if place is None or order[place] >= 0:
            _refuse(row, text, column, known=place is not None)
        order[place] = row
    missing = np.flatnonzero(order < 0)
    if len(missing) > 0:
        shown = ', '.join(quoted(expected[place]) for place in missing[:3])
        more = ', …' if len(missing) > 3 else ''
        raise InvalidSubmission(f'{len(missing)} of {len(expected)} ids are missing: {shown}{more}')
    return order


def _places(keys: list[str]) -> Callable[[str], Optional[int]]:
    """Where an id is expected: the next of its places while there is one left, then the last of them; None: nowhere."""
    places = {key: place for place, key in enumerate(keys)}
    if len(places) == len(keys):
        return places.get
    # Rare, and much larger than a number for each id.
    queues: dict[str, deque[int]] = defaultdict(deque)
    for place, key in enumerate(keys):
        queues[key].append(place)

    def next_place(key: str) -> Optional[int]:
        queue = queues.get(key)
        if queue is None:
            return None
        return queue.popleft() if len(queue) > 1 else queue[0]

    return next_place


def _refuse(row: int, text: str, column: str, *, known: bool) -> None:
    where = f'row {row + 1}: {quoted(column)}'
    if text.strip() == '':
        raise InvalidSubmission(f'{where} is empty')
    if known:
        raise InvalidSubmission(f'{where} is {quoted(text)}, which another row has already')
    raise InvalidSubmission(f'{where} is {quoted(text)}, which is not an id of the sample submission')


def _normaliser(expected: Sequence[str]) -> Callable[[str], str]:
    """How ids are compared: the loosest way in which no two different expected ids become one."""
    if all(whole_number(text) is not None for text in expected):
        if _keeps_apart(whole_number, expected):
            return lambda text: whole_number(text) or text.strip()
    if all(text == text.strip() for text in expected) or _keeps_apart(str.strip, expected):
        return str.strip
    return str


def _keeps_apart(normal: Callable[[str], Optional[str]], ids: Sequence[str]) -> bool:
    different = set(ids)
    return len({normal(text) for text in different}) == len(different)


def whole_number(text: str) -> Optional[str]:
    """The one form of a whole number, however it is written; None: it is none."""
    match = _WHOLE.fullmatch(text.strip())
    if match is None:
        return None
    sign, digits = match.groups()
    return f'-{digits}' if sign == '-' and digits != '0' else digits
