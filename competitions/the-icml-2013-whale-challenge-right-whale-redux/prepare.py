import re
import shutil
from pathlib import Path

import pandas as pd

from mle_api import place, raw_folder, write_csv, zip_files


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    """Clips are called DATE_TIME_SECONDS_TRAINnumber_label.aif. The first two of the four days are for training."""
    clips = sorted(raw_folder(raw, 'train2', '*.aif').glob('*.aif'))
    days = sorted({_day(clip) for clip in clips})
    if len(days) != 4:
        raise ValueError(f'clips of 4 days are expected, and these are of {len(days)}')
    train = [clip for clip in clips if _day(clip) in days[:2]]
    test = [clip for clip in clips if _day(clip) in days[2:]]

    train_names = [re.sub(r'TRAIN\d+', f'TRAIN{number}', clip.name) for number, clip in enumerate(train)]
    # Without the label, which is the end of the name.
    test_names = [f'{clip.name.split("TRAIN")[0]}Test{number}.aif' for number, clip in enumerate(test)]
    for folder, part, names in (('train2', train, train_names), ('test2', test, test_names)):
        for clip, name in zip(part, names):
            place(clip, public / folder / name)
        zip_files(public / f'{folder}.zip', [public / folder / name for name in names], public)
        shutil.rmtree(public / folder)

    answers = pd.DataFrame({'clip': test_names, 'probability': [int(clip.stem.endswith('_1')) for clip in test]})
    write_csv(answers, private / 'test.csv')
    write_csv(answers.assign(probability=0), public / 'sampleSubmission.csv')
    return {'train': len(train), 'test': len(test)}


def _day(clip: Path) -> str:
    return clip.name.split('_')[0]
