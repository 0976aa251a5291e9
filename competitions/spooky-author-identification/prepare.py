from pathlib import Path

import pandas as pd

from mle_api import one_hot, raw_file, split, write_csv

AUTHORS = ['EAP', 'HPL', 'MWS']
# Those of Kaggle's sample submission.
SAMPLE = {'EAP': 0.403493538995863, 'HPL': 0.287808366106543, 'MWS': 0.308698094897594}


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    train, test = split(pd.read_csv(raw_file(raw, 'train.csv')), 0.1)
    answers = one_hot(test, 'id', 'author', AUTHORS)

    write_csv(train, public / 'train.csv')
    write_csv(test.drop(columns='author'), public / 'test.csv')
    write_csv(answers, private / 'test.csv')
    write_csv(answers.assign(**SAMPLE), public / 'sample_submission.csv')
    return {'train': len(train), 'test': len(test)}
