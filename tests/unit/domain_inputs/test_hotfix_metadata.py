"""The reason of a hotfix that comes with an upload."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.reading.forms import HOTFIX
from handlers.domain.request.hotfix_metadata import HOTFIX_METADATA, hotfix_with, metadata_of

KEY = "releases/orders/1.4.2.zip"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_what_is_uploaded_is_what_is_read(reason: str) -> None:
    metadata = metadata_of(reason)

    assert all(each.isascii() for each in metadata.values())
    if HOTFIX.fits(reason):
        assert hotfix_with(KEY, metadata) == (reason, [])


def test_a_plain_reason_is_readable_in_the_console() -> None:
    assert metadata_of("the till is down (#12)") == {HOTFIX_METADATA: "the till is down (#12)"}


def test_an_upload_without_a_reason_is_no_hotfix() -> None:
    assert hotfix_with(KEY, {"author": "me"}) == (None, [])


@pytest.mark.parametrize("reason", ["", "   ", "two%0Alines", "x" * 201])
def test_what_is_no_reason_is_refused(reason: str) -> None:
    found, (finding,) = hotfix_with(KEY, {HOTFIX_METADATA: reason})

    assert found is None
    assert (finding.code, finding.where) == ("BadValue", KEY)
    assert finding.do == "upload it again with a reason of one line and at most 200 characters"
