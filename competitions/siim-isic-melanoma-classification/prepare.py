import re
import struct
from pathlib import Path
from typing import Iterator

import pandas as pd

from mle_api import place, raw_file, raw_folder, write_csv

# Pictures of one patient are in one TFRecord file, so whole files become the test set: 2 of 16.
TEST_RECORDS = ['train00-2071.tfrec', 'train06-2071.tfrec']
PUBLIC = ['image_name', 'patient_id', 'sex', 'age_approx', 'anatom_site_general_challenge']


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    pictures = pd.read_csv(raw_file(raw, 'train.csv'))
    records = raw_folder(raw, 'tfrecords', 'train*.tfrec')
    names = {name for file in TEST_RECORDS for name in _names(records / file)}
    tested = pictures['image_name'].isin(names)
    train, test = pictures[~tested], pictures[tested]

    write_csv(train, public / 'train.csv')
    write_csv(test[PUBLIC], public / 'test.csv')
    answers = test[['image_name', 'target']]
    write_csv(answers, private / 'test.csv')
    write_csv(answers.assign(target=0), public / 'sample_submission.csv')

    dicoms, jpegs = raw_folder(raw, 'train', '*.dcm'), raw_folder(raw, 'jpeg/train', '*.jpg')
    for folder, part in (('train', train), ('test', test)):
        for name in part['image_name']:
            place(dicoms / f'{name}.dcm', public / folder / f'{name}.dcm')
            place(jpegs / f'{name}.jpg', public / 'jpeg' / folder / f'{name}.jpg')
    _take_records(records, public / 'tfrecords')
    return {'train': len(train), 'test': len(test)}


def _take_records(source: Path, target: Path) -> None:
    counted = {'train': 0, 'test': 0}
    for file in sorted(source.glob('train*.tfrec')):
        part = 'test' if file.name in TEST_RECORDS else 'train'
        place(file, target / f'{part}{counted[part]:02d}-{file.stem.split("-")[1]}.tfrec')
        counted[part] += 1


def _names(file: Path) -> Iterator[str]:
    """The feature image_name of each record. A record is its length (8 bytes), 4 bytes of checksum, itself, 4 more."""
    with file.open('rb') as records:
        while header := records.read(12):
            (length,) = struct.unpack('<Q', header[:8])
            record = records.read(length)
            records.read(4)
            # In the protocol buffer the value comes within a few bytes of its name.
            found = re.search(rb'image_name.{1,16}?(ISIC_\d+)', record, re.DOTALL)
            if found is None:
                raise ValueError(f'{file.name} has a record without an image_name')
            yield found.group(1).decode('ascii')
