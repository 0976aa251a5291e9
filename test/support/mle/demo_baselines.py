"""Trains models on a prepared demonstration competition and writes the submission of each.

    demo_baselines.py tabular|text|images PREPARED OUT

From the public folder alone. `plain` is what anybody tries first, `better` takes some thought, `strong` some more.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from scipy import ndimage
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC


def tabular(public: Path, out: Path) -> None:
    train, test = pd.read_csv(public / 'train.csv'), pd.read_csv(public / 'test.csv')
    features = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy='median'), StandardScaler()), make_column_selector(dtype_include=np.number)),
        (
            make_pipeline(SimpleImputer(strategy='constant', fill_value='?'), OneHotEncoder(handle_unknown='ignore')),
            make_column_selector(dtype_exclude=np.number),
        ),
    )
    models = {
        'plain': LogisticRegression(max_iter=500),
        'better': GradientBoostingClassifier(random_state=0),
        'strong': GradientBoostingClassifier(
            n_estimators=300, learning_rate=0.06, max_depth=4, subsample=0.6, min_samples_leaf=20, random_state=0
        ),
    }
    for name, model in models.items():
        model = make_pipeline(features, model).fit(train.drop(columns=['id', 'renewed']), train['renewed'])
        renewed = model.predict_proba(test.drop(columns='id'))[:, 1]
        _write(out, name, test[['id']].assign(renewed=renewed))


def text(public: Path, out: Path) -> None:
    train, test = pd.read_csv(public / 'train.csv'), pd.read_csv(public / 'test.csv')
    with_punctuation = CountVectorizer(token_pattern=r'\w+|[^\w\s]', ngram_range=(1, 3), min_df=3)
    models = {
        'plain': make_pipeline(CountVectorizer(), MultinomialNB()),
        'better': make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000)),
        'strong': make_pipeline(with_punctuation, LogisticRegression(C=0.1, max_iter=1000)),
    }
    for name, model in models.items():
        model.fit(train['text'], train['author'])
        shares = pd.DataFrame(model.predict_proba(test['text']), columns=model.classes_)
        _write(out, name, pd.concat([test[['id']], shares], axis=1))


def images(public: Path, out: Path) -> None:
    train, test = pd.read_csv(public / 'train.csv'), pd.read_csv(public / 'test.csv')
    known, unknown = _pictures(public / 'train', train['id']), _pictures(public / 'test', test['id'])
    for name, look in {'plain': _scaled, 'better': _smoothed, 'strong': _centred}.items():
        model = SVC(C=5).fit(look(known), train['shape'])
        _write(out, name, test[['id']].assign(shape=model.predict(look(unknown))))


def _pictures(folder: Path, ids: pd.Series) -> np.ndarray:
    return np.stack([np.asarray(Image.open(folder / f'{name}.png'), dtype=float) for name in ids])


def _scaled(pictures: np.ndarray) -> np.ndarray:
    flat = pictures.reshape(len(pictures), -1)
    return (flat - flat.mean(axis=1, keepdims=True)) / flat.std(axis=1, keepdims=True)


def _smoothed(pictures: np.ndarray) -> np.ndarray:
    return _scaled(np.stack([ndimage.gaussian_filter(picture, 0.8) for picture in pictures]))


def _centred(pictures: np.ndarray) -> np.ndarray:
    """What is lighter than its surroundings, moved to the middle."""
    return _scaled(np.stack([_in_the_middle(ndimage.gaussian_filter(picture, 0.8)) for picture in pictures]))


def _in_the_middle(picture: np.ndarray) -> np.ndarray:
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    light = np.abs(picture - np.median(border))
    weight = np.clip(light - np.median(light), 0, None)
    centre = ndimage.center_of_mass(weight)
    middle = (np.array(picture.shape) - 1) / 2
    return ndimage.shift(light, middle - centre, order=1)


def _write(out: Path, name: str, submission: pd.DataFrame) -> None:
    submission.to_csv(out / f'{name}.csv', index=False)


if __name__ == '__main__':
    kind, prepared, target = sys.argv[1:]
    {'tabular': tabular, 'text': text, 'images': images}[kind](Path(prepared) / 'public', Path(target))
