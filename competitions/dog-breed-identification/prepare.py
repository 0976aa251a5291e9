from pathlib import Path

import pandas as pd

from mle_api import one_hot, place, raw_file, raw_folder, split, write_csv


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    pictures = raw_folder(raw, 'train', '*.jpg')
    labels = pd.read_csv(raw_file(raw, 'labels.csv'))
    breeds = sorted(labels['breed'].unique())
    train, test = split(labels, 0.1)
    answers = one_hot(test, 'id', 'breed', breeds)

    for name, part in (('train', train), ('test', test)):
        for picture in part['id']:
            place(pictures / f'{picture}.jpg', public / name / f'{picture}.jpg')
    write_csv(train, public / 'labels.csv')
    write_csv(answers, private / 'test.csv')
    write_csv(answers.assign(**{breed: 1 / len(breeds) for breed in breeds}), public / 'sample_submission.csv')
    return {'train': len(train), 'test': len(test)}
