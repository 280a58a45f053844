"""moto parses a machine's definition when it is made and for every execution; here it is parsed
once, as it stays the same.
"""

import copy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from unittest.mock import patch

from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

# Private names of moto: where one moves, every test here fails at once and says so.
_PARSER = "AmazonStateLanguageParser"
_WORKER = f"moto.stepfunctions.parser.backend.execution_worker.{_PARSER}"
_VALIDATOR = f"moto.stepfunctions.parser.models.{_PARSER}"
_SERVICE = re.compile(r"\bservice\d+\b")


@lru_cache(maxsize=4)
def _parsed(definition: str) -> Any:
    return AmazonStateLanguageParser.parse(definition)


class _ParsedOnce:
    @staticmethod
    def parse(definition: str) -> Any:
        program, tree = _parsed(definition)
        return copy.deepcopy(program), tree


class _ValidatedOnce:
    """Whether a definition is well formed does not hang on the name of the service in it."""

    @staticmethod
    def parse(definition: str) -> Any:
        return _parsed(_SERVICE.sub("service0", definition))


@contextmanager
def parsed_once() -> Iterator[None]:
    """For as long as the block lasts."""
    with patch(_WORKER, _ParsedOnce), patch(_VALIDATOR, _ValidatedOnce):
        yield
