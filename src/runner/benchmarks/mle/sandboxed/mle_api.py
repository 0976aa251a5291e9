"""What a competition's own prepare.py, grade.py and generate.py may use.

Kaggle hands out the same data in several layouts: `train.csv`, `train.csv.zip`, or a `train.csv` inside `train.zip`;
folders as they are or as zips. `raw_file` and `raw_folder` find a thing by its name in all of them. Raw data is read-only
and may be large, so what has to be unpacked goes into a scratch folder, from which `place` moves files instead of copying.
"""

import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Iterable, Iterator, Optional, Sequence

import pandas as pd
from sklearn.model_selection import train_test_split

_unpacked: dict[Path, Path] = {}
# Folders that `place` has made: it is called for every one of thousands of files.
_made: set[Path] = set()
_configuration: dict[str, Any] = {}


def configuration() -> dict[str, Any]:
    """config.yaml of the competition that is prepared."""
    return _configuration


class InvalidSubmission(ValueError):
    """Raised by a grader for a submission that cannot be scored. The text is shown to who made it: no answer in it."""


def raw_file(raw: Path, name: str) -> Path:
    """A file of the raw data, unpacked where it is in a zip.

    Raises FileNotFoundError that says where it was looked for.
    """
    found = _found(raw, name, Path.is_file)
    if found is None:
        raise FileNotFoundError(f'{name} is not in the raw data: {_listing(raw)}')
    return found


def raw_folder(raw: Path, name: str, holds: str = '*') -> Path:
    """The folder of the raw data that has that name and, in it, files that match `holds`; unpacked where it is a zip.

    Zips hold the folder itself or only what is in it, and some unpackers nest it once more: the folder that is answered is
    the one with the files.
    """
    found = _found(raw, name, lambda path: path.is_dir() and any(path.glob(holds)))
    if found is None:
        raise FileNotFoundError(f'{name}/{holds} is not in the raw data: {_listing(raw)}')
    return found


def _found(raw: Path, name: str, fits) -> Optional[Path]:
    for path in _candidates(raw, name):
        # A file that lost only its ending to the unpacker is nested in a folder of its own name.
        for place in (path, path / name, path / Path(name).name):
            if fits(place):
                return place
    return None


def _candidates(raw: Path, name: str) -> Iterator[Path]:
    yield raw / name
    stem = Path(name).with_suffix('').as_posix()
    for archive in (raw / f'{name}.zip', raw / f'{stem}.zip'):
        if archive.is_file():
            yield unpack(archive)


def unpack(archive: Path) -> Path:
    """Unpacks a zip into the scratch folder, once. Entries that would leave the folder are refused."""
    if archive in _unpacked:
        return _unpacked[archive]
    into = Path(tempfile.mkdtemp(prefix=f'{archive.stem}-'))
    with zipfile.ZipFile(archive) as entries:
        for name in entries.namelist():
            if name.startswith(('/', '\\')) or '..' in name.replace('\\', '/').split('/'):
                raise ValueError(f'{archive.name}: {name!r} leads out of its folder')
        entries.extractall(into)
    _unpacked[archive] = into
    return into


def _listing(raw: Path) -> str:
    names = sorted(path.name for path in raw.iterdir()) if raw.is_dir() else []
    shown = ', '.join(names[:12]) + (', …' if len(names) > 12 else '')
    return f'{raw} has {shown or "nothing"}'


def split(rows, test_size: float):
    """(train, test) of a table, a list or an array as MLE-bench splits: scikit-learn, shuffled, random_state=0."""
    return train_test_split(rows, test_size=test_size, random_state=0)


def one_hot(table: pd.DataFrame, id_column: str, label_column: str, classes: Sequence[str]) -> pd.DataFrame:
    """A row of 0 and 1 for each row of a table. Raises ValueError for a label that is not one of the classes."""
    labels = table[label_column]
    unknown = sorted(set(labels) - set(classes))
    if unknown:
        raise ValueError(f'{label_column} has labels that are no class: {unknown[:5]}')
    columns = {name: (labels == name).astype(int).to_numpy() for name in classes}
    return pd.DataFrame({id_column: table[id_column].to_numpy(), **columns})


def write_csv(table: pd.DataFrame, path: Path, **options) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, **options)


def place(source: Path, target: Path) -> None:
    """Puts a file of the raw data into its new place: moved where it is a scratch copy, copied otherwise."""
    folder = target.parent
    if folder not in _made:
        folder.mkdir(parents=True, exist_ok=True)
        _made.add(folder)
    if str(source).startswith(tempfile.gettempdir() + os.sep):
        os.replace(source, target)
    else:
        shutil.copyfile(source, target)


def zip_files(archive: Path, files: Iterable[Path], root: Path, compress: bool = False) -> None:
    """A zip of files, named relative to `root`, in that order and with one date, so that equal files make equal zips."""
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(archive, 'w', method) as entries:
        for file in files:
            entry = zipfile.ZipInfo(file.relative_to(root).as_posix())
            entry.compress_type = method
            entry.external_attr = 0o644 << 16
            with file.open('rb') as source, entries.open(entry, 'w', force_zip64=True) as target:
                shutil.copyfileobj(source, target, 1 << 20)
