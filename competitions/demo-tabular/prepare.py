from pathlib import Path

import pandas as pd

from mle_api import raw_file, split, write_csv


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    members = pd.read_csv(raw_file(raw, 'members.csv'), float_precision='round_trip')
    train, test = split(members, 0.25)
    answers = test[['id', 'renewed']]

    write_csv(train, public / 'train.csv')
    write_csv(test.drop(columns='renewed'), public / 'test.csv')
    write_csv(answers, private / 'answers.csv')
    write_csv(answers.assign(renewed=0.5), public / 'sample_submission.csv')
    return {'train': len(train), 'test': len(test)}
