"""A competition as it lies in a sandbox: config.json, which the host made of config.yaml, and its Python files."""

import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Optional


# Where the preparers for competitions without code are.
_PROGRAMS = Path(__file__).parent


@dataclass(frozen=True)
class Competition:
    folder: Path
    config: dict[str, Any]

    def function(self, reference: Optional[str], what: str) -> Callable:
        """A function that the configuration names as FILE.py:FUNCTION. Raises LookupError where it has none."""
        if reference is None:
            raise LookupError(f'{self.config["id"]} has no {what}')
        file, name = reference.split(':')
        # Its own modules are found as they are where it was written.
        if str(self.folder) not in sys.path:
            sys.path.append(str(self.folder))
        path = next((folder / file for folder in (self.folder, _PROGRAMS) if (folder / file).is_file()), None)
        if path is None:
            raise LookupError(f'{self.config["id"]} names {file}, which is not in its folder')
        spec = importlib.util.spec_from_file_location(f'competition_{path.stem}', path)
        if spec is None or spec.loader is None:
            raise LookupError(f'{file} of {self.config["id"]} cannot be loaded')
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        function = getattr(module, name, None)
        if not callable(function):
            raise LookupError(f'{file} of {self.config["id"]} has no function {name}')
        return function


def read_competition(folder: Path) -> Competition:
    return Competition(folder, json.loads((folder / 'config.json').read_text(encoding='utf-8')))
