from pathlib import Path

import pandas as pd

from mle_api import raw_file, split, write_csv

TEST_ROWS = 100_000


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    rows = pd.read_csv(raw_file(raw, 'train.csv'), float_precision='round_trip')
    train, test = split(rows, TEST_ROWS)
    # Ids tell nothing of the order that the rows had.
    train = train.assign(id=range(len(train)))
    test = test.assign(id=range(len(train), len(rows)))

    write_csv(train, public / 'train.csv')
    write_csv(test.drop(columns='target'), public / 'test.csv')
    write_csv(test, private / 'test.csv')
    answers = test[['id', 'target']]
    write_csv(answers, private / 'gold_submission.csv')
    write_csv(answers.assign(target=0.5), public / 'sample_submission.csv')
    return {'train': len(train), 'test': len(test)}
