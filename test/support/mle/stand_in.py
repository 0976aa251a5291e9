"""Makes stand-ins for Kaggle's raw data, in Kaggle's layout, from which the published splits can be checked.

    stand_in.py FOLDER COMPETITION…

The data of each is in FOLDER/COMPETITION.
Of the true number of rows where that can be made in seconds (SMALLER says where not). What is in the rows is nonsense.
"""

import io
import json
import struct
import sys
import zipfile
from pathlib import Path
from typing import Callable, Iterable

import numpy as np
import pandas as pd
from PIL import Image

# Kaggle has 55 million rides, 4 million patches of land, 10 million tokens, and so on.
SMALLER = {
    'new-york-city-taxi-fare-prediction': 30_000,
    'tabular-playground-series-dec-2021': 4_000,
    'text-normalization': 500,
    'pictures': 200,
}

SPOKEN = {'12': 'twelve'}

random = np.random.Generator(np.random.PCG64(1))


def zipped(archive: Path, files: Iterable[tuple[str, bytes]]) -> None:
    with zipfile.ZipFile(archive, 'w') as entries:
        for name, data in files:
            entries.writestr(name, data)


def csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode('utf-8')


def jpeg(number: int) -> bytes:
    return b'\xff\xd8\xff' + str(number).encode()


def labelled(rows: int, **columns: Iterable) -> pd.DataFrame:
    return pd.DataFrame({**columns, 'label': random.integers(0, 2, rows)})


def pizza(raw: Path) -> None:
    known = ['request_id', 'request_title', 'request_text_edit_aware', 'requester_account_age_in_days_at_request']
    requests = [
        {
            **dict(zip(known, [f't3_{number:05x}', f'[Request] {number}', 'Hungry, "very".\n', number / 7])),
            'requester_number_of_posts_at_retrieval': number,
            'requester_received_pizza': bool(number % 4 == 0),
        }
        for number in range(4040 + 1631)
    ]
    (raw / 'train.json').write_text(json.dumps(requests[:4040]))
    test = [{field: request[field] for field in known} for request in requests[4040:]]
    zipped(raw / 'test.json.zip', [('test.json', json.dumps(test).encode())])


def spooky(raw: Path) -> None:
    rows = 19579
    texts = [f'It was "night", and the {number}th bell' for number in range(rows)]
    authors = random.choice(['EAP', 'HPL', 'MWS'], rows)
    table = pd.DataFrame({'id': [f'id{number:05d}' for number in range(rows)], 'text': texts, 'author': authors})
    zipped(raw / 'train.zip', [('train.csv', csv(table))])


def dogs(raw: Path) -> None:
    names = [f'train/{animal}.{number}.jpg' for animal in ('cat', 'dog') for number in range(12500)]
    zipped(raw / 'train.zip', ((name, jpeg(place)) for place, name in enumerate(names)))


def may_2022(raw: Path) -> None:
    rows = 900_000
    table = pd.DataFrame({'id': range(rows), 'f_00': random.random(rows).round(6), 'f_27': 'ABABCADDAB'})
    (raw / 'train.csv').write_bytes(csv(table.assign(target=random.integers(0, 2, rows))))


def dec_2021(raw: Path) -> None:
    rows = SMALLER['tabular-playground-series-dec-2021']
    table = pd.DataFrame({'Id': range(rows), 'Elevation': random.integers(1800, 4000, rows)})
    zipped(raw / 'train.csv.zip', [('train.csv', csv(table.assign(Cover_Type=random.integers(1, 8, rows))))])


def nomad(raw: Path) -> None:
    rows = 2400
    table = pd.DataFrame({'id': range(1, rows + 1), 'spacegroup': 33, 'percent_atom_al': random.random(rows).round(4)})
    table['formation_energy_ev_natom'] = random.random(rows).round(4)
    table['bandgap_energy_ev'] = (random.random(rows) * 5).round(4)
    zipped(raw / 'train.csv.zip', [('train.csv', csv(table))])
    files = ((f'train/{number}/geometry.xyz', f'atom {number}'.encode()) for number in table['id'])
    zipped(raw / 'train.zip', files)


def taxi(raw: Path) -> None:
    rows = SMALLER['new-york-city-taxi-fare-prediction']
    keys = [f'2013-07-02 19:54:00.{number:07d}' for number in range(rows)]
    table = pd.DataFrame({'key': keys, 'fare_amount': (random.random(rows) * 40).round(2)})
    table['pickup_datetime'] = '2013-07-02 19:54:00 UTC'
    for name in ('pickup_longitude', 'pickup_latitude', 'dropoff_longitude', 'dropoff_latitude'):
        table[name] = random.random(rows).round(6)
    # Without the last newline, which a file may lack.
    (raw / 'train.csv').write_bytes(csv(table.assign(passenger_count=1)).rstrip(b'\n'))
    (raw / 'GCP-Coupons-Instructions.rtf').write_text('coupons')


def pictures(table: str, folder: str, ending: str, columns: Callable[[list[str]], pd.DataFrame]) -> Callable[[Path], None]:
    """A table of pictures and their folder, as most competitions with pictures have them."""

    def make(raw: Path) -> None:
        ids = [f'{number:016x}' for number in range(SMALLER['pictures'])]
        (raw / table).write_bytes(csv(columns(ids)))
        (raw / folder).mkdir(parents=True)
        for number, name in enumerate(ids):
            (raw / folder / f'{name}{ending}').write_bytes(jpeg(number))

    return make


def cactus(raw: Path) -> None:
    ids = [f'{number:032x}.jpg' for number in range(SMALLER['pictures'])]
    (raw / 'train.csv').write_bytes(csv(pd.DataFrame({'id': ids, 'has_cactus': random.integers(0, 2, len(ids))})))
    # Unpacked by hand, into a folder of its own name.
    (raw / 'train' / 'train').mkdir(parents=True)
    zipped(raw / 'train.zip', ((f'train/{name}', jpeg(number)) for number, name in enumerate(ids)))


def denoising(raw: Path) -> None:
    def page(number: int) -> bytes:
        png = io.BytesIO()
        Image.fromarray(random.integers(0, 256, (3, 4), dtype=np.uint8)).save(png, 'PNG')
        return png.getvalue()

    for folder in ('train', 'train_cleaned'):
        zipped(raw / f'{folder}.zip', [(f'{folder}/{number}.png', page(number)) for number in range(1, 145)])


def insults(raw: Path) -> None:
    def comments(rows: int, start: int) -> pd.DataFrame:
        # Two people may say the same.
        texts = [f'"You said:\\n{(start + number) // 2 * 2}"' for number in range(rows)]
        return pd.DataFrame({'Insult': random.integers(0, 2, rows), 'Date': '20120618192155Z', 'Comment': texts})

    (raw / 'train.csv').write_bytes(csv(comments(3947, 0)))
    (raw / 'test_with_solutions.csv').write_bytes(csv(comments(2647, 10_000).assign(Usage='PublicTest')))


def histopathologic(raw: Path) -> None:
    pictures('train_labels.csv', 'train', '.tif', lambda ids: labelled(len(ids), id=ids))(raw)
    (raw / 'test').mkdir()
    for number in range(50):
        (raw / 'test' / f'{number}.tif').write_bytes(b'II')


def jigsaw(raw: Path) -> None:
    labels = ['toxic', 'severe_toxic', 'obscene', 'threat', 'insult', 'identity_hate']

    def comments(rows: int, start: int) -> pd.DataFrame:
        ids = [f'{start + number:016x}' for number in range(rows)]
        texts = pd.DataFrame({'id': ids, 'comment_text': [f'Line\n"{number}", {name}' for number, name in enumerate(ids)]})
        return pd.concat([texts, pd.DataFrame(random.integers(0, 2, (rows, len(labels))), columns=labels)], axis=1)

    test = comments(300, 1000)
    test.loc[::3, labels] = -1
    zipped(raw / 'train.csv.zip', [('train.csv', csv(comments(400, 0)))])
    zipped(raw / 'test.csv.zip', [('test.csv', csv(test[['id', 'comment_text']]))])
    zipped(raw / 'test_labels.csv.zip', [('test_labels.csv', csv(test.drop(columns='comment_text')))])


def classes_of(competition: str) -> list[str]:
    """The classes that a configuration names: a line `- NAME` each."""
    text = (Path(__file__).parents[3] / 'competitions' / competition / 'config.yaml').read_text()
    return [line.strip()[2:] for line in text.splitlines() if line.startswith('    - ')]


def dog_breeds(raw: Path) -> None:
    breeds = classes_of('dog-breed-identification')
    pictures('labels.csv', 'train', '.jpg', lambda ids: pd.DataFrame({'id': ids, 'breed': np.resize(breeds, len(ids))}))(raw)


def leaves(raw: Path) -> None:
    species = classes_of('leaf-classification')
    rows = 990
    table = pd.DataFrame({'id': range(1, rows + 1), 'species': np.resize(species, rows), 'margin1': random.random(rows)})
    zipped(raw / 'train.csv.zip', [('train.csv', csv(table))])
    zipped(raw / 'images.zip', ((f'images/{number}.jpg', jpeg(number)) for number in table['id']))


def birds(raw: Path) -> None:
    root = 'mlsp_contest_dataset'
    numbers = range(645)
    folds = np.zeros(645, dtype=int)
    folds[random.permutation(645)[:323]] = 1
    heard = [','.join(map(str, sorted(set(random.integers(0, 19, number % 4))))) for number in numbers]
    labels = ['?' if fold else birds for fold, birds in zip(folds, heard)]
    files = {
        'essential_data/CVfolds_2.txt': csv(pd.DataFrame({'rec_id': numbers, 'fold': folds})),
        'essential_data/rec_id2filename.txt': csv(
            pd.DataFrame({'rec_id': numbers, 'filename': [f'PC{number}' for number in numbers]})
        ),
        'essential_data/rec_labels_test_hidden.txt': '\n'.join(
            ['rec_id,[labels]', *(f'{number},{label}' if label else str(number) for number, label in enumerate(labels))]
        ).encode(),
        'essential_data/species_list.txt': b'class_id,code,species\n',
        'supplemental_data/segment_clusters.bmp': b'BM',
        'supplemental_data/segment_mosaic.bmp': b'BM',
    }
    for name in ('histogram_of_segments', 'segment_features', 'segment_rectangles'):
        rows = '\n'.join(f'{number},0.5,{number}' for number in numbers)
        files[f'supplemental_data/{name}.txt'] = f'rec_id,[{name}]\n{rows}\n'.encode()
    for number in numbers:
        files[f'essential_data/src_wavs/PC{number}.wav'] = b'RIFF'
        for folder in ('filtered_spectrograms', 'spectrograms', 'supervised_segmentation'):
            files[f'supplemental_data/{folder}/PC{number}.bmp'] = b'BM'
    zipped(raw / f'{root}.zip', ((f'{root}/{name}', data) for name, data in files.items()))


def plants(ids: list[str]) -> pd.DataFrame:
    labels = ['healthy', 'multiple_diseases', 'rust', 'scab']
    chosen = np.resize(np.eye(4, dtype=int), (len(ids), 4))
    return pd.concat([pd.DataFrame({'image_id': ids}), pd.DataFrame(chosen, columns=labels)], axis=1)


def plant_pathology(raw: Path) -> None:
    ids = [f'Train_{number}' for number in range(1821)]
    (raw / 'train.csv').write_bytes(csv(plants(ids)))
    zipped(raw / 'images.zip', ((f'images/{name}.jpg', jpeg(number)) for number, name in enumerate(ids)))


def ranzcr(raw: Path) -> None:
    labels = classes_of('ranzcr-clip-catheter-line-classification')

    def studies(ids: list[str]) -> pd.DataFrame:
        values = pd.DataFrame(random.integers(0, 2, (len(ids), len(labels))), columns=labels)
        return pd.concat([pd.DataFrame({'StudyInstanceUID': ids}), values.assign(PatientID='p')], axis=1)

    pictures('train.csv', 'train', '.jpg', studies)(raw)
    ids = pd.read_csv(raw / 'train.csv')['StudyInstanceUID']
    (raw / 'train_annotations.csv').write_bytes(csv(pd.DataFrame({'StudyInstanceUID': ids[::2], 'data': '[[1, 2], [3, 4]]'})))


def melanoma(raw: Path) -> None:
    names = [f'ISIC_{number:07d}' for number in range(160)]
    table = pd.DataFrame({'image_name': names, 'patient_id': 'p', 'sex': 'male', 'age_approx': 45.0})
    table = table.assign(anatom_site_general_challenge='torso', diagnosis='unknown', benign_malignant='benign')
    (raw / 'train.csv').write_bytes(csv(table.assign(target=np.repeat([0, 1], len(names) // 2))))
    for folder, ending in (('train', '.dcm'), ('jpeg/train', '.jpg')):
        (raw / folder).mkdir(parents=True)
        for number, name in enumerate(names):
            (raw / folder / f'{name}{ending}').write_bytes(jpeg(number))
    (raw / 'tfrecords').mkdir()
    for number in range(16):
        records = b''.join(tf_record(name) for name in names[number::16])
        (raw / 'tfrecords' / f'train{number:02d}-2071.tfrec').write_bytes(records)


def tf_record(name: str) -> bytes:
    """tf.train.Example with one feature, a list of bytes, framed as TFRecord; the checksums are left out."""

    def field(number: int, data: bytes) -> bytes:
        return bytes([number << 3 | 2, len(data)]) + data

    values = field(1, field(1, name.encode()))
    example = field(1, field(1, field(1, b'image_name') + field(2, values)))
    return struct.pack('<QI', len(example), 0) + example + b'\0\0\0\0'


def text_normalization(language: str) -> Callable[[Path], None]:
    def make(raw: Path) -> None:
        words = ['null', 'NA', 'the', '"', 'Привет', '12', 'a,b']
        rows = [
            {'sentence_id': sentence, 'token_id': token, 'class': 'PLAIN', 'before': word, 'after': SPOKEN.get(word, word)}
            for sentence in range(SMALLER['text-normalization'])
            for token, word in enumerate(random.permutation(words)[: 3 + sentence % 4])
        ]
        name = f'{language}_train.csv'
        zipped(raw / f'{name}.zip', [(name, csv(pd.DataFrame(rows)))])

    return make


def whales(raw: Path) -> None:
    days = ['20090328', '20090329', '20090330', '20090331']
    names = [
        f'{day}_{number:06d}_002s3ms_TRAIN{place * 100 + number}_{number % 2}.aif'
        for place, day in enumerate(days)
        for number in range(100)
    ]
    zipped(raw / 'train2.zip', ((f'train2/{name}', b'FORM') for name in names))


STAND_INS: dict[str, Callable[[Path], None]] = {
    'aerial-cactus-identification': cactus,
    'aptos2019-blindness-detection': pictures(
        'train.csv', 'train_images', '.png', lambda ids: pd.DataFrame({'id_code': ids, 'diagnosis': np.resize(range(5), len(ids))})
    ),
    'denoising-dirty-documents': denoising,
    'detecting-insults-in-social-commentary': insults,
    'dog-breed-identification': dog_breeds,
    'dogs-vs-cats-redux-kernels-edition': dogs,
    'histopathologic-cancer-detection': histopathologic,
    'jigsaw-toxic-comment-classification-challenge': jigsaw,
    'leaf-classification': leaves,
    'mlsp-2013-birds': birds,
    'new-york-city-taxi-fare-prediction': taxi,
    'nomad2018-predict-transparent-conductors': nomad,
    'plant-pathology-2020-fgvc7': plant_pathology,
    'random-acts-of-pizza': pizza,
    'ranzcr-clip-catheter-line-classification': ranzcr,
    'siim-isic-melanoma-classification': melanoma,
    'spooky-author-identification': spooky,
    'tabular-playground-series-dec-2021': dec_2021,
    'tabular-playground-series-may-2022': may_2022,
    'text-normalization-challenge-english-language': text_normalization('en'),
    'text-normalization-challenge-russian-language': text_normalization('ru'),
    'the-icml-2013-whale-challenge-right-whale-redux': whales,
}


def main() -> None:
    folder, *names = sys.argv[1:]
    for name in names:
        raw = Path(folder) / name
        raw.mkdir(parents=True, exist_ok=True)
        STAND_INS[name](raw)


if __name__ == '__main__':
    main()
