"""Makes the public and the private data of a competition.

    mle_prepare.py --competition DIR [--raw DIR] --out DIR [--generate --seed N]

Prints one line of JSON: {"rows": {"train": 2878, "test": 1162}}. With --generate the raw data is made by a seed first. What
is made is checked before it is said to be there: a submission can be made in the sample's format, the answers fit it, and the
answers are in no public file.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any, Optional

import mle_api
from mle_api import InvalidSubmission
from mle_catalogue import CatalogueGrader
from mle_competition import Competition, read_competition
from mle_submission import header_of, read_own


def main() -> None:
    arguments = _arguments()
    competition = read_competition(arguments.competition)
    arguments.out = arguments.out.resolve()
    arguments.out.mkdir(parents=True, exist_ok=True)
    # Beside what is made: there is room for it, and files can be moved.
    with tempfile.TemporaryDirectory(prefix='.scratch-', dir=arguments.out) as scratch:
        tempfile.tempdir = scratch
        mle_api.configuration().update(competition.config)
        raw = _generate(competition, arguments) if arguments.generate else _raw(competition, arguments.raw)
        public, private = _folders(arguments.out)
        counted = competition.function(competition.config.get('preparer'), 'preparer')(raw, public, private)
    _check(competition, public, private)
    _check_train(competition, public)
    print(json.dumps({'rows': counted or _rows(competition, public, private)}), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--competition', type=Path, required=True)
    parser.add_argument('--raw', type=Path)
    parser.add_argument('--out', type=Path, required=True)
    parser.add_argument('--generate', action='store_true')
    parser.add_argument('--seed', type=int, default=0)
    arguments = parser.parse_args()
    if arguments.raw is None and not arguments.generate:
        parser.error('--raw or --generate is needed')
    return arguments


def _generate(competition: Competition, arguments: argparse.Namespace) -> Path:
    raw = arguments.raw or Path(tempfile.mkdtemp(prefix='raw-'))
    raw.mkdir(parents=True, exist_ok=True)
    competition.function(competition.config.get('generator'), 'generator')(raw, arguments.seed)
    return raw


def _raw(competition: Competition, raw: Path) -> Path:
    """Kaggle's "download all" is one zip with everything in it."""
    if not raw.is_dir():
        raise FileNotFoundError(f'there is no folder of raw data {raw}')
    name = competition.config.get('kaggle') or competition.config['id']
    everything = raw / f'{name}.zip'
    others = [path for path in raw.iterdir() if path != everything and not path.name.startswith('.')]
    return mle_api.unpack(everything) if everything.is_file() and not others else raw


def _folders(out: Path) -> tuple[Path, Path]:
    folders = out / 'public', out / 'private'
    for folder in folders:
        # Of a preparation that was cut short.
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    return folders


def _check(competition: Competition, public: Path, private: Path) -> None:
    dataset = competition.config['dataset']
    for folder, key in ((private, 'answers'), (public, 'sample_submission'), (private, 'gold_submission')):
        if dataset.get(key) is not None and not (folder / dataset[key]).is_file():
            raise FileNotFoundError(f'the preparer of {competition.config["id"]} made no {folder.name}/{dataset[key]}')
    _check_answers_hidden(public, private / dataset['answers'])
    settings = competition.config['grader']
    if 'metric' not in settings:
        return
    grader = CatalogueGrader(settings)
    sample, answers = public / dataset['sample_submission'], private / dataset['answers']
    try:
        # The sample is a submission, and its ids are those of the answers.
        grader.grade(sample, answers)
        grader.validate(sample, sample)
    except InvalidSubmission as error:
        raise ValueError(f'the sample submission does not fit the answers: {error}') from error


def _check_answers_hidden(public: Path, answers: Path) -> None:
    secret = answers.read_bytes()
    for path in public.rglob('*'):
        if path.is_file() and path.stat().st_size == len(secret) and path.read_bytes() == secret:
            raise ValueError(f'public/{path.relative_to(public)} holds the answers')


def _check_train(competition: Competition, public: Path) -> None:
    train: Optional[dict[str, Any]] = competition.config['dataset'].get('train')
    if train is None:
        return
    header = header_of(public / train['file'])
    for column in (train['target'], train.get('id_column')):
        if column is not None and column not in header:
            raise ValueError(f'public/{train["file"]} has no column {column}')


def _rows(competition: Competition, public: Path, private: Path) -> dict[str, int]:
    """Of the tables that the configuration names: for preparers that do not say what they made."""
    dataset = competition.config['dataset']
    tables = {'test': private / dataset['answers']}
    if dataset.get('train') is not None:
        tables = {'train': public / dataset['train']['file'], **tables}
    return {name: read_own(path, {}).rows for name, path in tables.items()}


if __name__ == '__main__':
    main()
