"""Release versions: SemVer 2.0, of which precedence is the part that deployments rely on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.release.versions import (
    SEMANTIC_VERSION,
    compare_versions,
    is_older,
    parse_version,
)

IN_ORDER = [
    "0.0.1", "0.9.10", "0.10.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
    "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.9.0",
    "1.10.0", "2.0.0-0", "2.0.0-0a", "2.0.0",
]  # fmt: skip


@pytest.mark.parametrize("left", IN_ORDER)
@pytest.mark.parametrize("right", IN_ORDER)
def test_versions_compare_as_the_specification_orders_them(left: str, right: str) -> None:
    a, b = IN_ORDER.index(left), IN_ORDER.index(right)
    assert compare_versions(left, right) == (a > b) - (a < b)


def test_versions_that_differ_in_build_only_are_neither_older_nor_newer() -> None:
    assert compare_versions("1.0.0+1", "1.0.0+2") == 0
    assert not is_older("1.0.0+1", "1.0.0+2")


@pytest.mark.parametrize(
    "text",
    [
        "", "1", "1.2", "1.2.3.4", "v1.2.3", "01.2.3", "1.02.3", "1.2.3-", "1.2.3-01", "1.2.3-a..b",
        "1.2.3+", "1.2.3+a+b", " 1.2.3", "1.2.3\n", "1.2.3-ä", "\u0661.2.3", "latest", "1." + "2" * 64,
    ],
)  # fmt: skip
def test_what_is_no_semantic_version_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a semantic version such as 1\.4\.2"):
        parse_version(text)


@given(st.from_regex(SEMANTIC_VERSION, fullmatch=True).filter(lambda text: len(text) <= 64))
def test_a_version_is_written_as_it_was_read(text: str) -> None:
    assert str(parse_version(text)) == text


VERSIONS = st.from_regex(SEMANTIC_VERSION, fullmatch=True).filter(lambda text: len(text) <= 64)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_precedence_is_a_total_order(a: str, b: str, c: str) -> None:
    assert compare_versions(a, b) == -compare_versions(b, a)
    if compare_versions(a, b) <= 0 and compare_versions(b, c) <= 0:
        assert compare_versions(a, c) <= 0


@given(VERSIONS.filter(lambda text: "-" not in text and "+" not in text))
def test_a_prerelease_comes_before_its_release(text: str) -> None:
    assert len(text) > 59 or is_older(f"{text}-rc.1", text)
