"""moto parses a machine's definition when it is made and for every execution, and every JSONPath
each time that it is read; here each is parsed once, as it stays the same.
"""

import copy
import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from functools import lru_cache
from typing import Any
from unittest.mock import patch

from jsonpath_ng.ext import parse
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

# Private names of moto: where one moves, every test here fails at once and says so.
_PARSER = "AmazonStateLanguageParser"
_WORKER = f"moto.stepfunctions.parser.backend.execution_worker.{_PARSER}"
_VALIDATOR = f"moto.stepfunctions.parser.models.{_PARSER}"
_PATH = "moto.stepfunctions.parser.asl.utils.json_path.parse"
_SERVICE = re.compile(r"\bservice\d+\b")
_ANY = "service0"
"""A service's name, in place of that of whichever service a definition is of."""


@lru_cache(maxsize=4)
def _parsed_for_any(definition: str) -> Any:
    return AmazonStateLanguageParser.parse(definition)


@lru_cache(maxsize=64)
def _pickled(definition: str) -> bytes:
    """The program of a definition: executions change what they run."""
    program, _ = _ValidatedOnce.parse(definition)
    program = copy.deepcopy(program)
    for name in _SERVICE.findall(definition)[:1]:
        _rename(program, name)
    return pickle.dumps(program)


class _ParsedOnce:
    @staticmethod
    def parse(definition: str) -> Any:
        return pickle.loads(_pickled(definition)), None


class _ValidatedOnce:
    @staticmethod
    def parse(definition: str) -> Any:
        return _parsed_for_any(_SERVICE.sub(_ANY, definition))


def _rename(part: Any, name: str) -> None:
    """Gives a parsed program the name of a service where it has `_ANY`; programs are trees."""
    held = part if isinstance(part, Enum) else getattr(part, "__dict__", part)
    if not isinstance(held, dict | list):
        return
    for key, inner in list(held.items() if isinstance(held, dict) else enumerate(held)):
        if isinstance(inner, str):
            held[key] = inner.replace(_ANY, name)
        else:
            _rename(inner, name)


@contextmanager
def parsed_once() -> Iterator[None]:
    """For as long as the block lasts."""
    with (
        patch(_WORKER, _ParsedOnce),
        patch(_VALIDATOR, _ValidatedOnce),
        patch(_PATH, lru_cache(parse)),
    ):
        yield
