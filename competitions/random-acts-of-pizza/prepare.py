import json
from pathlib import Path

import pandas as pd

from mle_api import raw_file, split, write_csv, zip_files

# The share of the test set is that of Kaggle's own split.
KAGGLE_TRAIN, KAGGLE_TEST = 4040, 1631


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    requests = json.loads(raw_file(raw, 'train.json').read_text(encoding='utf-8'))
    fields = list(json.loads(raw_file(raw, 'test.json').read_text(encoding='utf-8'))[0])
    train, test = split(requests, KAGGLE_TEST / (KAGGLE_TRAIN + KAGGLE_TEST))

    _write(public, 'train', train)
    # Only what is known when a request is made; the other fields tell how it ended.
    _write(public, 'test', [{field: request[field] for field in fields} for request in test])
    # The same requests as a table.
    write_csv(pd.DataFrame(train), public / 'train.csv')

    answers = pd.DataFrame(
        {
            'request_id': [request['request_id'] for request in test],
            'requester_received_pizza': [int(request['requester_received_pizza']) for request in test],
        }
    )
    write_csv(answers, private / 'test.csv')
    write_csv(answers.assign(requester_received_pizza=0), public / 'sampleSubmission.csv')
    return {'train': len(train), 'test': len(test)}


def _write(public: Path, name: str, requests: list[dict]) -> None:
    file = public / f'{name}.json'
    file.write_text(json.dumps(requests, indent=4), encoding='utf-8')
    zip_files(public / f'{name}.zip', [file], public, compress=True)
