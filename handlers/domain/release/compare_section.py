"""The comparisons of a release: recorded requests that are put to blue, to blue again, and to
green.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from handlers.domain.reading.forms import (
    ANSWER_FIELD,
    FUNCTION_KEY,
    HEADER,
    RECORDING_PATH,
    SAFE_KIND,
    SHORT_NAME,
)
from handlers.domain.reading.places import show
from handlers.domain.reading.section import Section
from handlers.domain.release.check_forms import HttpForm

MOST_COMPARISONS = 5
MOST_IGNORED = 50
MOST_HEADERS = 20
COMPARED_HEADERS = ("content-type", "location")
"""Those that are compared where a table names none: of the others most are the day's."""
Mode = Literal["inform", "gate"]
_KEYS = ("name", "function", "requests", "as", "mode", "safe", "ignore", "headers", "examples")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """Recorded requests of one function, in the bundle's file `requests`. A `gate` ends the
    deployment where green answers otherwise than blue; to `inform` only tells.

    `safe` are the kinds in the file that change nothing though their form does not say so, `POST`
    and `events`. `ignore` are fields that may differ, `headers` those that are compared, in lower
    case. With `examples` the ledger keeps one pair of values of each field.
    """

    name: str
    function: str
    requests: str
    form: HttpForm = "apiGatewayV2"
    mode: Mode = "inform"
    safe: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    headers: tuple[str, ...] = COMPARED_HEADERS
    examples: bool = False


def read_compare(document: Section) -> tuple[Comparing, ...]:
    """The `[[compare]]` of a release; what is wrong with them goes to the inspection."""
    found: list[Comparing] = []
    for path, item in document.items("compare", "tables", most=MOST_COMPARISONS):
        if not isinstance(item, Mapping):
            what = f"a comparison is {show(item)}"
            document.inspection.report("WrongType", path, what, "write it as [[compare]]")
            continue
        section = Section(document.inspection, path, item, keys=_KEYS)
        comparing = _read(section)
        if comparing.name and comparing.name in {each.name for each in found}:
            what = f"another comparison is also named {show(comparing.name)}"
            section.report("Duplicate", "name", what, "give each one a name of its own")
        found.append(comparing)
    return tuple(found)


def _read(section: Section) -> Comparing:
    headers = section.texts("headers", HEADER, most=MOST_HEADERS)
    return Comparing(
        name=section.text("name", SHORT_NAME, required=True) or "",
        function=section.text("function", FUNCTION_KEY, required=True) or "",
        requests=section.text("requests", RECORDING_PATH, required=True) or "",
        form=cast(HttpForm, section.word("as", get_args(HttpForm)) or "apiGatewayV2"),
        mode=cast(Mode, section.word("mode", get_args(Mode)) or "inform"),
        safe=section.texts("safe", SAFE_KIND, most=2) or (),
        ignore=section.texts("ignore", ANSWER_FIELD, most=MOST_IGNORED) or (),
        headers=COMPARED_HEADERS if headers is None else tuple(map(str.lower, headers)),
        examples=section.truth("examples"),
    )
