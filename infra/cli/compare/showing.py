"""What came of a comparison, in lines for a person."""

from collections.abc import Iterator, Mapping
from typing import Any

from handlers.domain.codec import decode
from handlers.domain.compare.comparison import Comparison
from handlers.domain.compare.tally import Difference


def lines(document: Mapping[str, Any]) -> Iterator[str]:
    """One comparison, as the ledger keeps it."""
    found = decode(Comparison, document)
    yield f"{found.function}:{found.version} ({found.mode}): {found.told}"
    if found.asked_again:
        yield f"  {found.asked_again} asked again, of which {found.gone} differed no more"
    for each in found.fields:
        yield f"  {each.field}: {each.differ} of {found.compared}, noise {each.noise}, first in {found.file}:{each.line}"  # noqa: E501
        yield from _example(each)
    if found.differing > len(found.fields):
        yield f"  and {found.differing - len(found.fields)} more fields"
    if found.noisy:
        told = ", ".join(f"{each.field} ({each.noise})" for each in found.noisy)
        yield f"  differ on blue itself: {told}"


def _example(found: Difference) -> Iterator[str]:
    if found.blue is not None:
        yield f"    blue   {found.blue}"
        yield f"    green  {found.green}"
