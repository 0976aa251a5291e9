from pathlib import Path

import pandas as pd

from mle_api import place, raw_file, raw_folder, split, write_csv


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    pictures = raw_folder(raw, 'pictures', '*.png')
    train, test = split(pd.read_csv(raw_file(raw, 'shapes.csv')), 0.25)

    for name, part in (('train', train), ('test', test)):
        for picture in part['id']:
            place(pictures / f'{picture}.png', public / name / f'{picture}.png')
    write_csv(train, public / 'train.csv')
    write_csv(test[['id']], public / 'test.csv')
    write_csv(test, private / 'answers.csv')
    write_csv(test[['id']].assign(shape='circle'), public / 'sample_submission.csv')
    return {'train': len(train), 'test': len(test)}
