"""moto parses a machine's definition when it is made and for every execution; here it is parsed
once, as it stays the same.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from unittest.mock import patch

from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

_PARSERS = (
    "moto.stepfunctions.parser.backend.execution_worker.AmazonStateLanguageParser",
    "moto.stepfunctions.parser.asl.static_analyser.static_analyser.AmazonStateLanguageParser",
)
"""Private names of moto: where one moves, every test here fails at once and says so."""


@lru_cache(maxsize=4)
def _parsed(definition: str) -> Any:
    return AmazonStateLanguageParser.parse(definition)


class _ParsedOnce:
    @staticmethod
    def parse(definition: str) -> Any:
        program, tree = _parsed(definition)
        return copy.deepcopy(program), tree


@contextmanager
def parsed_once() -> Iterator[None]:
    """For as long as the block lasts."""
    worker, analyser = (patch(name, _ParsedOnce) for name in _PARSERS)
    with worker, analyser:
        yield
