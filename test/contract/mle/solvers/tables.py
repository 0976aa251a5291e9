"""Tables as users have them: what `--data` is given. Each is written once, as CSV."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd


def houses(rows: int = 6000) -> pd.DataFrame:
    """An amount to predict; numbers, names, gaps, a date, an identifier and a constant column."""
    rng = np.random.default_rng(11)
    size = rng.gamma(6, 20, rows)
    rooms = np.clip(np.round(size / 28 + rng.normal(0, 0.8, rows)), 1, 12)
    age = rng.uniform(0, 90, rows)
    town = rng.choice(['Aden', 'Brix', 'Calw', 'Dorn', 'Elze'], rows, p=[0.4, 0.25, 0.2, 0.1, 0.05])
    worth = {'Aden': 1.0, 'Brix': 1.6, 'Calw': 0.7, 'Dorn': 2.2, 'Elze': 1.3}
    level = np.array([worth[name] for name in town])
    tax = size * level * 1.7 + rng.normal(0, 25, rows)
    heating = size * (0.4 + age / 100) + rng.normal(0, 12, rows)
    distance = rng.gamma(2, 4, rows) / level + rng.normal(0, 0.4, rows)
    plot = size * rng.uniform(1.5, 4, rows) / level
    insulation = 100 - 0.8 * age + rng.normal(0, 6, rows)
    price = 1000 * (size * level * 2.1 - 0.8 * age - 3 * distance + rng.normal(0, 40, rows))
    table = pd.DataFrame(
        {
            'Id': np.arange(1, rows + 1),
            'size': size.round(1),
            'rooms': rooms.astype(int),
            'age': age.round(1),
            'town': town,
            'tax': tax.round(2),
            'heating': heating.round(1),
            'distance': distance.round(3),
            'plot': plot.round(0),
            'insulation': insulation.round(1),
            'garage': np.where(rng.random(rows) < 0.3 + 0.1 * level, 'yes', 'no'),
            'built': pd.Timestamp('2020-01-01') - pd.to_timedelta((age * 365).astype(int), 'D'),
            'country': 'XX',
            'Price': price.round(0),
        }
    )
    table.loc[rng.random(rows) < 0.12, 'plot'] = np.nan
    table.loc[rng.random(rows) < 0.05, 'garage'] = None
    return table


def pets(rows: int = 12_000) -> pd.DataFrame:
    """Three classes, as numbers; no identifier."""
    table = houses(rows).drop(columns=['Id', 'Price', 'built'])
    rng = np.random.default_rng(12)
    pull = (
        table['tax'] / 300
        - table['age'] / 60
        + (table['town'] == 'Dorn')
        + rng.normal(0, 0.5, rows)
    )
    table['kind'] = np.searchsorted(np.quantile(pull, [0.4, 0.75]), pull)
    return table


def authors(rows: int = 3000) -> pd.DataFrame:
    """Texts of three authors and nothing else."""
    rng = np.random.default_rng(13)
    words = [
        'a',
        'of',
        'the',
        'night',
        'house',
        'remember',
        'melancholy',
        'unspeakable',
        'candle',
        'sea',
        'he',
        'went',
    ]
    habits = {
        'X': [3, 3, 3, 1, 1, 1, 1, 1, 1, 1, 3, 3],
        'Y': [1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 1, 1],
        'Z': [1, 2, 2, 1, 1, 3, 4, 4, 1, 1, 1, 1],
    }
    made = []
    for number in range(rows):
        author = 'XYZ'[int(rng.integers(3))]
        chance = np.array(habits[author]) / sum(habits[author])
        text = ' '.join(rng.choice(words, int(rng.integers(8, 40)), p=chance))
        made.append(
            {
                'id': f'id{number:05d}',
                'text': text + rng.choice(['.', ', and;', '!']),
                'author': author,
            }
        )
    return pd.DataFrame(made)


def few_rows() -> pd.DataFrame:
    return houses().head(150)


def names_only() -> pd.DataFrame:
    rng = np.random.default_rng(14)
    return pd.DataFrame(
        {name: rng.choice(list('abcd'), 3000) for name in ('first', 'second', 'third', 'answer')}
    )


def one_class() -> pd.DataFrame:
    return houses(3000).assign(Price='same')


def noise() -> pd.DataFrame:
    """Nothing tells anything about anything."""
    rng = np.random.default_rng(15)
    table = pd.DataFrame(rng.standard_normal((5000, 6)), columns=list('abcdef'))
    return table.assign(answer=rng.integers(2, size=5000))


TABLES = {
    'houses': houses,
    'pets': pets,
    'authors': authors,
    'few_rows': few_rows,
    'names_only': names_only,
    'one_class': one_class,
    'noise': noise,
}


def written(name: str, folder: Path) -> Path:
    path = folder / f'{name}.csv'
    if not path.exists():
        TABLES[name]().to_csv(path, index=False)
    return path
