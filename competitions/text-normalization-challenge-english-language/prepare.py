from pathlib import Path

import pandas as pd

from mle_api import raw_file, split, write_csv


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    # A token may be "NA" or "null", and that is its text.
    tokens = pd.read_csv(raw_file(raw, 'en_train.csv'), keep_default_na=False)
    # Whole sentences, in the order that they had.
    sentences, _ = split(tokens['sentence_id'].unique(), 0.1)
    in_train = tokens['sentence_id'].isin(sentences)
    train, test = (_renumbered(tokens[chosen]) for chosen in (in_train, ~in_train))
    ids = test['sentence_id'].astype(str) + '_' + test['token_id'].astype(str)

    write_csv(train, public / 'en_train.csv')
    write_csv(test.drop(columns=['after', 'class']), public / 'en_test_2.csv')
    write_csv(pd.DataFrame({'id': ids, 'after': test['after']}), private / 'answers.csv')
    # Every token stays as it is.
    write_csv(pd.DataFrame({'id': ids, 'after': test['before']}), public / 'en_sample_submission_2.csv')
    return {'train': len(train), 'test': len(test)}


def _renumbered(tokens: pd.DataFrame) -> pd.DataFrame:
    """Sentences counted from 0, in the order in which they come."""
    return tokens.assign(sentence_id=pd.factorize(tokens['sentence_id'])[0])
