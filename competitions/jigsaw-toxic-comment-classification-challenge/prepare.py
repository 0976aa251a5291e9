from pathlib import Path

import pandas as pd

from mle_api import raw_file, write_csv

LABELS = ['toxic', 'severe_toxic', 'obscene', 'threat', 'insult', 'identity_hate']


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    # Kaggle published the labels of its test set; -1 is a comment that it did not count.
    train = pd.read_csv(raw_file(raw, 'train.csv'))
    test = pd.read_csv(raw_file(raw, 'test.csv'))
    answers = pd.read_csv(raw_file(raw, 'test_labels.csv'))

    write_csv(train, public / 'train.csv')
    write_csv(test, public / 'test.csv')
    write_csv(answers, private / 'test.csv')
    write_csv(test[['id']].assign(**{label: 0.5 for label in LABELS}), public / 'sample_submission.csv')
    return {'train': len(train), 'test': len(test)}
