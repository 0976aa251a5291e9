from pathlib import Path

import pandas as pd

from mle_api import place, raw_file, raw_folder, split, write_csv

TARGETS = ['formation_energy_ev_natom', 'bandgap_energy_ev']
# Those of Kaggle's sample submission.
SAMPLE = {'formation_energy_ev_natom': 0.1779, 'bandgap_energy_ev': 1.8892}


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    materials = pd.read_csv(raw_file(raw, 'train.csv'), float_precision='round_trip')
    geometry = raw_folder(raw, 'train', '*/geometry.xyz')
    parts = dict(zip(('train', 'test'), split(materials, 0.1)))
    for name, part in parts.items():
        numbers = range(1, len(part) + 1)
        for number, old in zip(numbers, part['id']):
            place(geometry / str(old) / 'geometry.xyz', public / name / str(number) / 'geometry.xyz')
        # Ids tell nothing of the order that the rows had.
        parts[name] = part.assign(id=numbers)

    train, test = parts['train'], parts['test']
    write_csv(train, public / 'train.csv')
    write_csv(test.drop(columns=TARGETS), public / 'test.csv')
    write_csv(test, private / 'test.csv')
    write_csv(test[['id']].assign(**SAMPLE), public / 'sample_submission.csv')
    return {'train': len(train), 'test': len(test)}
