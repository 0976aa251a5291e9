from pathlib import Path

import pandas as pd

from mle_api import one_hot, place, raw_file, raw_folder, split, write_csv


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    pictures = raw_folder(raw, 'images', '*.jpg')
    leaves = pd.read_csv(raw_file(raw, 'train.csv'), float_precision='round_trip')
    species = sorted(leaves['species'].unique())
    train, test = split(leaves, 0.1)
    answers = one_hot(test, 'id', 'species', species)

    for picture in leaves['id']:
        place(pictures / f'{picture}.jpg', public / 'images' / f'{picture}.jpg')
    write_csv(train, public / 'train.csv')
    write_csv(test.drop(columns='species'), public / 'test.csv')
    write_csv(answers, private / 'test.csv')
    write_csv(answers.assign(**{name: 1 / len(species) for name in species}), public / 'sample_submission.csv')
    return {'train': len(train), 'test': len(test)}
