from pathlib import Path

import pandas as pd

from mle_api import place, raw_file, raw_folder, split, write_csv


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    pictures = raw_folder(raw, 'train_images', '*.png')
    train, test = split(pd.read_csv(raw_file(raw, 'train.csv')), 0.1)

    for name, part in (('train', train), ('test', test)):
        for picture in part['id_code']:
            place(pictures / f'{picture}.png', public / f'{name}_images' / f'{picture}.png')
    write_csv(train, public / 'train.csv')
    write_csv(test[['id_code']], public / 'test.csv')
    write_csv(test, private / 'test.csv')
    write_csv(test.assign(diagnosis=0), public / 'sample_submission.csv')
    return {'train': len(train), 'test': len(test)}
