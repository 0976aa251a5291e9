from pathlib import Path

import pandas as pd

from mle_api import place, raw_file, raw_folder, split, write_csv


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    pictures = raw_folder(raw, 'train', '*.tif')
    labels = pd.read_csv(raw_file(raw, 'train_labels.csv'))
    # The same share as in Kaggle's own split.
    kaggle_test = sum(1 for _ in raw_folder(raw, 'test', '*.tif').glob('*.tif'))
    ids, _ = split(labels['id'], kaggle_test / (len(labels) + kaggle_test))
    in_train = labels['id'].isin(ids)

    parts = {'train': labels[in_train], 'test': labels[~in_train]}
    for name, part in parts.items():
        for picture in part['id']:
            place(pictures / f'{picture}.tif', public / name / f'{picture}.tif')
    write_csv(parts['train'], public / 'train_labels.csv')
    write_csv(parts['test'], private / 'answers.csv')
    write_csv(parts['test'].assign(label=0), public / 'sample_submission.csv')
    return {name: len(part) for name, part in parts.items()}
