"""The preview that the owner of a service has registered."""

from collections.abc import Mapping

from handlers.domain.preview.preview import Preview
from handlers.domain.reading.forms import ALIAS, FUNCTION_KEY, PREVIEW_URL, ROLE_ARN
from handlers.domain.reading.places import show
from handlers.domain.reading.section import Section

_KEYS = ("url", "alias", "functions", "roleArn")


def read_preview(document: Section, kinds: Mapping[str, str], live: str) -> Preview | None:
    """The `preview` of a registration, None where there is none. `kinds` are those of its
    functions, `live` the alias that has the traffic, which a preview may never be.
    """
    if document.values.get("preview") is None:
        return None
    section = document.section("preview", _KEYS)
    if section is None:
        return None
    alias = section.text("alias", ALIAS) or "preview"
    if alias == live:
        what = f"{alias} is the alias that has the traffic"
        section.report("Conflict", "alias", what, "preview by an alias of its own")
    entries = tuple(key for key, kind in kinds.items() if kind == "entry")
    functions = section.texts("functions", FUNCTION_KEY, most=60)
    for key in functions or ():
        if key not in entries:
            what = f"{show(key)} is no function of the kind entry"
            do = f"name {' or '.join(entries)}" if entries else "leave the preview out"
            section.report("BadValue", "functions", what, do)
    return Preview(
        url=section.text("url", PREVIEW_URL, required=True) or "",
        alias=alias,
        functions=entries if functions is None else functions,
        role_arn=section.text("roleArn", ROLE_ARN),
    )
