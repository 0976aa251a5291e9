from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from mle_api import place, raw_folder, split, write_csv


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    dirty = sorted(raw_folder(raw, 'train', '*.png').glob('*.png'))
    cleaned = raw_folder(raw, 'train_cleaned', '*.png')
    train, test = split(dirty, 0.2)

    answers = pd.concat([_pixels(cleaned / page.name) for page in sorted(test)])
    for page in train:
        place(cleaned / page.name, public / 'train_cleaned' / page.name)
    for name, part in (('train', train), ('test', test)):
        for page in part:
            place(page, public / name / page.name)
    write_csv(answers, private / 'answers.csv')
    # White pages.
    write_csv(answers.assign(value=1), public / 'sampleSubmission.csv')
    return {'train': len(train), 'test': len(test)}


def _pixels(page: Path) -> pd.DataFrame:
    """A row for each pixel, its brightness from 0 (black) to 1."""
    with Image.open(page) as picture:
        values = np.asarray(picture.convert('L')) / 255.0
    rows, columns = np.indices(values.shape) + 1
    ids = [f'{page.stem}_{row}_{column}' for row, column in zip(rows.ravel(), columns.ravel())]
    return pd.DataFrame({'id': ids, 'value': values.ravel()})
