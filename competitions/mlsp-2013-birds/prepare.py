from pathlib import Path
from typing import Iterator

import pandas as pd

from mle_api import place, raw_folder, write_csv

SPECIES = 19
PICTURES = ['filtered_spectrograms', 'segmentation_examples', 'spectrograms', 'supervised_segmentation']
TABLES = ['histogram_of_segments.txt', 'segment_features.txt', 'segment_rectangles.txt']


def prepare(raw: Path, public: Path, private: Path) -> dict[str, int]:
    """Only Kaggle's training recordings have labels: a fifth of them becomes the test set, and all get new numbers."""
    source = raw_folder(raw, 'mlsp_contest_dataset', 'essential_data')
    essential, supplemental = source / 'essential_data', source / 'supplemental_data'
    to = public / 'essential_data'

    folds = pd.read_csv(essential / 'CVfolds_2.txt')
    folds = folds[folds['fold'] == 0].reset_index(drop=True)
    numbers = {old: new for new, old in enumerate(folds['rec_id'])}
    tested = set(folds.sample(frac=0.2, random_state=0).index)
    folds = pd.DataFrame({'rec_id': folds.index, 'fold': [int(number in tested) for number in folds.index]})
    write_csv(folds, to / 'CVfolds_2.txt')

    files = pd.read_csv(essential / 'rec_id2filename.txt')
    files = files[files['rec_id'].isin(numbers)]
    files = files.assign(rec_id=files['rec_id'].map(numbers))
    write_csv(files, to / 'rec_id2filename.txt')

    labels = dict(_records(essential / 'rec_labels_test_hidden.txt', numbers))
    _write_records(to / 'rec_labels_test_hidden.txt', 'rec_id,[labels]', {**labels, **{number: '?' for number in tested}})
    _write_answers(labels, sorted(tested), public, private)

    place(essential / 'species_list.txt', to / 'species_list.txt')
    for name in files['filename']:
        place(essential / 'src_wavs' / f'{name}.wav', to / 'src_wavs' / f'{name}.wav')
    _take_supplement(supplemental, public / 'supplemental_data', list(files['filename']), numbers)
    return {'train': len(folds) - len(tested), 'test': len(tested)}


def _records(file: Path, numbers: dict[int, int]) -> Iterator[tuple[int, str]]:
    """(new number, rest of the line) of each line below the header that belongs to a recording that is kept."""
    for line in file.read_text(encoding='utf-8').splitlines()[1:]:
        number, _, rest = line.partition(',')
        if number.strip() and int(number) in numbers:
            yield numbers[int(number)], rest


def _write_records(file: Path, header: str, records: dict[int, str]) -> None:
    lines = [f'{number},{rest}' if rest else str(number) for number, rest in records.items()]
    file.write_text('\n'.join([header, *lines]) + '\n', encoding='utf-8')


def _write_answers(labels: dict[int, str], tested: list[int], public: Path, private: Path) -> None:
    """A row for each recording and species: Id is 100 · recording + species."""
    heard = {number: {int(label) for label in labels[number].split(',') if label} for number in tested}
    rows = [(number * 100 + species, int(species in heard[number])) for number in tested for species in range(SPECIES)]
    answers = pd.DataFrame(rows, columns=['Id', 'Probability'])
    write_csv(answers, private / 'answers.csv')
    write_csv(answers.assign(Probability=0), public / 'sample_submission.csv')


def _take_supplement(source: Path, target: Path, names: list[str], numbers: dict[int, int]) -> None:
    for folder in PICTURES:
        for name in names:
            # Not every recording is an example of segmentation.
            if (source / folder / f'{name}.bmp').is_file():
                place(source / folder / f'{name}.bmp', target / folder / f'{name}.bmp')
    for name in ('segment_clusters.bmp', 'segment_mosaic.bmp'):
        place(source / name, target / name)
    for name in TABLES:
        header = (source / name).read_text(encoding='utf-8').splitlines()[0]
        lines = [f'{number},{rest}' for number, rest in _records(source / name, numbers)]
        (target / name).write_text('\n'.join([header, *lines]) + '\n', encoding='utf-8')
