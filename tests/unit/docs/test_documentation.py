"""The pages that a stranger reads: what they name is there, and is as they say."""

import json
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from handlers.domain.bundle.migration_files import parse_migration_path
from handlers.domain.release.release import Release, read_release
from handlers.domain.schema.backfill.header import Header, read_header
from handlers.domain.shift.shift_plan import DEFAULT_SHIFT_PLAN
from handlers.domain.verdict.bake_settings import BakeSettings
from infra.cli.main import app
from infra.cli.packing import pack_folder
from infra.local.toolchain import search_path

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "infra").rglob("README.md")])  # fmt: skip
SCHEMA = json.loads((ROOT / "statemachine/schemas/release.schema.json").read_text())


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_to_something(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.*)$", found.read_text(), re.MULTILINE)
            assert anchor in [_anchor(title) for title in titles], target


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_the_readme_is_read_in_five_minutes() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 260


def commands() -> Iterator[Any]:
    """Every `greenshift …` that a page shows, in a block or in a line."""
    for page in PAGES:
        text = page.read_text()
        lines = [line for block in blocks(page, "") for line in block.splitlines()]
        inline = re.findall(r"`((?:\.venv/bin/)?greenshift [^`|]+)`", text)
        for line in [*lines, *inline]:
            words = line.split(" > ")[0].split("   ")[0].strip().removeprefix(".venv/bin/")
            if words.startswith("greenshift ") and "|" not in words and "[" not in words:
                yield pytest.param(words, id=f"{named(page)}: {words}")


@pytest.mark.parametrize("command", list(commands()))
def test_every_command_is_one_of_the_command_line(command: str) -> None:
    words, found = shlex.split(command)[1:], get_command(app)
    context = typer.Context(found)
    while words and hasattr(found, "get_command") and (inner := found.get_command(context, words[0])):  # fmt: skip
        found, words = inner, words[1:]
        context = typer.Context(found, parent=context)
    options = {option for each in found.params for option in [*each.opts, *each.secondary_opts]}
    assert not hasattr(found, "get_command") or not words, f"{words[0]} is no command"
    assert {word for word in words if word.startswith("-")} <= options | {"--help"}


@pytest.mark.parametrize("page", ["README.md", "docs/release-toml.md"])
def test_a_release_toml_that_a_page_shows_can_be_released(page: str) -> None:
    for text in blocks(ROOT / page, "toml"):
        release, findings = read_release(text)
        assert isinstance(release, Release), findings


def test_the_readme_shows_the_release_of_the_example_which_can_be_packed(tmp_path: Path) -> None:
    folder = ROOT / "docs/hello/releases/1.0.0"
    text = (folder / "release.toml").read_text()
    assert blocks(ROOT / "README.md", "toml") == [text]
    packed, findings = pack_folder(folder, tmp_path / "hello.zip")
    assert packed is not None, findings
    assert packed.left_out == ()


def keys(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name == "properties":
                yield from value
            yield from keys(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from keys(value)


def rows(page: str) -> dict[str, str]:
    """The first cell's names of every table of a page, with the second cell."""
    found = {}
    for line in (ROOT / page).read_text().splitlines():
        if line.startswith("| `"):
            first, second = line.split("|")[1:3]
            found |= {name: second.strip() for name in re.findall(r"`([^`]+)`", first)}
    return found


def test_every_key_of_release_toml_has_a_row() -> None:
    assert set(keys(SCHEMA)) <= set(rows("docs/release-toml.md"))


def test_the_defaults_of_bake_and_shift_are_those_of_the_code() -> None:
    told, settings = rows("docs/release-toml.md"), BakeSettings()
    for key, value in {
        "alpha": settings.alpha,
        "beta": settings.beta,
        "pTol": settings.p_tol,
        "rhoMax": settings.rho_max,
        "stratumSeconds": settings.stratum_seconds,
        "settleSeconds": settings.settle_seconds,
    }.items():
        assert told[key] == f"{value:g}", key
    assert told["inconclusive"] == f'`"{settings.inconclusive}"`'
    assert told["plan"] == f"`{DEFAULT_SHIFT_PLAN}`"


def test_the_headers_of_a_backfill_are_those_of_the_code() -> None:
    told, header = rows("docs/schema.md"), Header(table=("orders",), key="id")
    assert told["batch"] == f"{header.batch:,}"
    assert told["lag"] == str(header.lag_seconds)
    assert told["wait"] == str(header.wait_seconds)
    (backfill,) = [text for text in blocks(ROOT / "docs/schema.md", "sql") if "UPDATE" in text]
    assert read_header("x", backfill) == header


def test_the_names_of_migrations_are_such() -> None:
    for path in re.findall(r"migrations/\d{4}\S+\.(?:sql|json)", (ROOT / "docs/schema.md").read_text()):  # fmt: skip
        assert parse_migration_path(path), path


def test_the_construct_has_the_arguments_that_the_page_names() -> None:
    source = (ROOT / "infra/construct/greenshift_cdk/service.py").read_text()
    inside = source.partition("*,")[2].partition(") -> None")[0]
    arguments = set(re.findall(r"^        (\w+):", inside, re.MULTILINE))
    assert arguments <= set(rows("docs/service.md"))


def test_the_path_that_make_prints_has_what_the_pages_call() -> None:
    assert "search_path" in (ROOT / "Makefile").read_text().partition("\npath:")[2].partition("\n\n")[0]  # fmt: skip
    for program in ("greenshift", "cdk", "node", "python"):
        assert shutil.which(program, path=search_path()), program


def documents(text: str) -> list[Any]:
    """The JSON documents that follow one another in the text."""
    found, rest = [], text.strip()
    while rest:
        document, end = json.JSONDecoder().raw_decode(rest)
        found.append(document)
        rest = rest[end:].strip()
    return found


def test_what_the_pages_show_as_json_and_toml_is_such() -> None:
    for page in PAGES:
        for block in blocks(page, "json"):
            assert documents(block)
        for block in blocks(page, "toml"):
            tomllib.loads(block)
