from collections import Counter
from pathlib import Path

import pandas as pd

from mle_api import place, raw_folder, split, write_csv, zip_files


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    # By name, not by number: cat.0, cat.1, cat.10, …
    pictures = sorted(raw_folder(raw, 'train', '*.jpg').glob('*.jpg'))
    train, test = split(pictures, 0.1)
    labels = [int(picture.name.startswith('dog')) for picture in test]

    counted: Counter[str] = Counter()
    for picture in train:
        animal = picture.name.split('.')[0]
        place(picture, public / 'train' / f'{animal}.{counted[animal]}.jpg')
        counted[animal] += 1
    for number, picture in enumerate(test, start=1):
        place(picture, public / 'test' / f'{number}.jpg')
    # As Kaggle has them; the folders are there for who does not want to unpack.
    for name in ('train', 'test'):
        zip_files(public / f'{name}.zip', sorted((public / name).iterdir()), public / name)

    answers = pd.DataFrame({'id': range(1, len(test) + 1), 'label': labels})
    write_csv(answers, private / 'answers.csv')
    write_csv(answers.assign(label=0.5), public / 'sample_submission.csv')
    return {'train': len(train), 'test': len(test)}
