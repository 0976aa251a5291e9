from pathlib import Path

import pandas as pd

from mle_api import one_hot, raw_file, split, write_csv

AUTHORS = ['ada', 'bruno', 'cleo']


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    train, test = split(pd.read_csv(raw_file(raw, 'texts.csv')), 0.25)
    answers = one_hot(test, 'id', 'author', AUTHORS)
    shares = train['author'].value_counts(normalize=True)

    write_csv(train, public / 'train.csv')
    write_csv(test.drop(columns='author'), public / 'test.csv')
    write_csv(answers, private / 'answers.csv')
    # How often each author is met in the training texts; the last one gets what is missing to 1.
    sample = {author: round(float(shares[author]), 4) for author in AUTHORS[:-1]}
    sample[AUTHORS[-1]] = round(1 - sum(sample.values()), 4)
    write_csv(answers.assign(**sample), public / 'sample_submission.csv')
    return {'train': len(train), 'test': len(test)}
