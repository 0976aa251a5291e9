"""Short texts of three authors who do not exist. They share their words and differ in how often they use which one, in how
they join sentences and in their punctuation."""

from pathlib import Path

import numpy as np
import pandas as pd

AUTHORS = ['ada', 'bruno', 'cleo']
TEXTS = 3600
WORDS = {
    'who': 'the keeper|a stranger|the widow|our captain|the old clerk|a child|the doctor|my brother|the miller|nobody',
    'adverb': 'slowly|at once|again|without a word|in haste|at dusk|gladly|once more|for no reason|as always',
    'verb': 'opened|watched|remembered|followed|lost|carried|feared|painted|sold|forgot|answered|counted',
    'adjective': 'silent|broken|golden|distant|narrow|familiar|cold|empty|bright|crooked|nameless|gentle',
    'thing': 'door|lantern|letter|river|mirror|garden|clock|road|coat|song|key|window|map|boat',
    'place': 'by the harbour|in the attic|behind the mill|under the bridge|at the market|in the snow|on the stairs|near the chapel',
    'joint': 'and then|but|while|because|so|although|until|for',
}
ENDS = ['.', '.', '!', '…', '?']
PATTERNS = [
    '{who} {verb} the {adjective} {thing}',
    '{who} {adverb} {verb} the {thing} {place}',
    '{place}, {who} {verb} the {thing}',
    'the {adjective} {thing} was {adjective}',
    '{adverb}, {who} {verb} what the {thing} had been',
]
# The larger, the more alike two authors are.
LIKENESS = 2.6


def generate(raw: Path, seed: int) -> None:
    random = np.random.Generator(np.random.PCG64(seed))
    styles = {author: _style(random) for author in AUTHORS}
    authors = random.choice(AUTHORS, TEXTS, p=[0.4, 0.28, 0.32])
    texts = [_text(styles[author], random) for author in authors]
    ids = [f't{number:05d}' for number in random.permutation(TEXTS)]
    table = pd.DataFrame({'id': ids, 'text': texts, 'author': authors})
    table.to_csv(raw / 'texts.csv', index=False)


def _style(random: np.random.Generator) -> dict[str, tuple[list[str], np.ndarray]]:
    """How often an author uses each word, sentence and ending."""
    choices = {slot: words.split('|') for slot, words in WORDS.items()}
    choices |= {'pattern': PATTERNS, 'end': ENDS, 'length': ['1', '2', '3']}
    return {slot: (words, random.dirichlet(np.full(len(words), LIKENESS))) for slot, words in choices.items()}


def _text(style: dict[str, tuple[list[str], np.ndarray]], random: np.random.Generator) -> str:
    def pick(slot: str) -> str:
        words, shares = style[slot]
        return words[int(random.choice(len(words), p=shares))]

    def sentence() -> str:
        return pick('pattern').format(**{slot: pick(slot) for slot in WORDS})

    parts = [sentence()]
    for _ in range(int(pick('length')) - 1):
        parts += [pick('joint'), sentence()]
    text = ' '.join(parts)
    return text[0].upper() + text[1:] + pick('end')
