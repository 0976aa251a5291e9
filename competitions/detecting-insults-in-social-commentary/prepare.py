from pathlib import Path

import pandas as pd

from mle_api import raw_file, write_csv


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    # Kaggle published the labels of its first test set. The second one, of the verification, shares comments with it.
    answers = pd.read_csv(raw_file(raw, 'test_with_solutions.csv'))
    gold = answers[['Insult', 'Date', 'Comment']]

    train = pd.read_csv(raw_file(raw, 'train.csv'))
    write_csv(train, public / 'train.csv')
    write_csv(answers, private / 'test.csv')
    write_csv(gold, private / 'gold_submission.csv')
    write_csv(gold.drop(columns='Insult'), public / 'test.csv')
    write_csv(gold.assign(Insult=0), public / 'sample_submission_null.csv')
    return {'train': len(train), 'test': len(answers)}
