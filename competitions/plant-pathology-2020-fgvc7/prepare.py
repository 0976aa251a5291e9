from pathlib import Path

import pandas as pd

from mle_api import place, raw_file, raw_folder, split, write_csv

LABELS = ['healthy', 'multiple_diseases', 'rust', 'scab']


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    pictures = raw_folder(raw, 'images', 'Train_*.jpg')
    parts = dict(zip(('Train', 'Test'), split(pd.read_csv(raw_file(raw, 'train.csv')), 0.1)))
    for name, part in parts.items():
        # Ids tell nothing of the order that the rows had.
        ids = [f'{name}_{number}' for number in range(len(part))]
        for new, old in zip(ids, part['image_id']):
            place(pictures / f'{old}.jpg', public / 'images' / f'{new}.jpg')
        parts[name] = part.assign(image_id=ids)

    train, test = parts['Train'], parts['Test']
    write_csv(train, public / 'train.csv')
    write_csv(test[['image_id']], public / 'test.csv')
    write_csv(test, private / 'test.csv')
    write_csv(test[['image_id']].assign(**{label: 0.25 for label in LABELS}), public / 'sample_submission.csv')
    return {'train': len(train), 'test': len(test)}
