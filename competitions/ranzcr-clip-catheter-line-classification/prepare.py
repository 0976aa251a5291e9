from pathlib import Path

import pandas as pd

from mle_api import place, raw_file, raw_folder, split, write_csv


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    pictures = raw_folder(raw, 'train', '*.jpg')
    studies = pd.read_csv(raw_file(raw, 'train.csv'))
    annotations = pd.read_csv(raw_file(raw, 'train_annotations.csv'))
    train, test = split(studies, 0.1)
    labels = [name for name in studies.columns if name not in ('StudyInstanceUID', 'PatientID')]

    for name, part in (('train', train), ('test', test)):
        for picture in part['StudyInstanceUID']:
            place(pictures / f'{picture}.jpg', public / name / f'{picture}.jpg')
    write_csv(train, public / 'train.csv')
    in_train = annotations['StudyInstanceUID'].isin(train['StudyInstanceUID'])
    write_csv(annotations[in_train], public / 'train_annotations.csv')
    write_csv(test, private / 'test.csv')
    sample = test[['StudyInstanceUID']].assign(**{label: 0 for label in labels})
    write_csv(sample, public / 'sample_submission.csv')
    return {'train': len(train), 'test': len(test)}
