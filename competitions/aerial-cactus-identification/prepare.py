from pathlib import Path

import pandas as pd

from mle_api import raw_file, raw_folder, split, write_csv, zip_files


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    pictures = raw_folder(raw, 'train', '*.jpg')
    train, test = split(pd.read_csv(raw_file(raw, 'train.csv')), 0.19)

    for name, part in (('train', train), ('test', test)):
        zip_files(public / f'{name}.zip', [pictures / picture for picture in part['id']], pictures)
    write_csv(train, public / 'train.csv')
    write_csv(test, private / 'test.csv')
    write_csv(test.assign(has_cactus=0.5), public / 'sample_submission.csv')
    return {'train': len(train), 'test': len(test)}
