"""moto parses the machine's definition for every execution; here it is parsed once, as it stays the same."""

import copy
from functools import cache
from typing import Any
from unittest.mock import patch

from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

WORKER = "moto.stepfunctions.parser.backend.execution_worker.AmazonStateLanguageParser"


@cache
def _parsed(definition: str) -> Any:
    return AmazonStateLanguageParser.parse(definition)


class _ParsedOnce:
    @staticmethod
    def parse(definition: str) -> Any:
        program, tree = _parsed(definition)
        return copy.deepcopy(program), tree


def parsed_once() -> Any:
    """For as long as the block lasts."""
    return patch(WORKER, _ParsedOnce)
