from pathlib import Path

import pandas as pd

from mle_api import raw_file, split, write_csv


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    rows = pd.read_csv(raw_file(raw, 'train.csv'), float_precision='round_trip')
    train, test = split(rows, 0.1)

    write_csv(train, public / 'train.csv')
    write_csv(test.drop(columns='Cover_Type'), public / 'test.csv')
    write_csv(test, private / 'test.csv')
    # The most frequent class.
    write_csv(test[['Id']].assign(Cover_Type=2), public / 'sample_submission.csv')
    return {'train': len(train), 'test': len(test)}
