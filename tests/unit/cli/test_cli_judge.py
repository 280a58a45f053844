"""`greenshift judge`: the bake's verdict on anyone's numbers, and what it says of bad ones."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.verdict import judge
from infra.cli.main import app
from infra.cli.verdict.counts_file import read_counts

HEADER = "minute,arm,requests,failures\n"


def over(minutes: int, green: int, x_green: int, blue: int, x_blue: int, first: int = 0) -> str:
    return "".join(
        f"{minute},green,{green},{x_green}\n{minute},blue,{blue},{x_blue}\n"
        for minute in range(first, first + minutes)
    )


def judged(path: Path, text: str | bytes, *options: str) -> Result:
    file = path / "counts.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return CliRunner().invoke(app, ["judge", str(file), *options])


def document(path: Path, text: str, *options: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(judged(path, text, "--json", *options).stdout)
    return found


@pytest.mark.parametrize(
    ("text", "code", "verdict", "minute", "reason"),
    [
        (
            over(9, 60, 3, 540, 3),
            3,
            "fail",
            1,
            "green failed 6 of 120 requests, blue 6 of 1,080: odds 9.4, fail (e = 161, needs 100)",
        ),
        (
            over(9, 60, 0, 540, 3),
            0,
            "pass",
            6,
            "green failed 0 of 420 requests, blue 21 of 3,780: odds 0.0, pass (e = 45, needs 40)",
        ),
        (
            over(3, 60, 0, 540, 0),
            6,
            "inconclusive",
            None,
            "the file ends before a verdict: green failed 0 of 180 requests, blue 0 of 1,620: "
            "wait (pass e = 4.8, needs 40; fail e = 1.0, needs 100)",
        ),
        (
            over(3, 60, 0, 540, 0) + "3,green,9,5\n3,blue,90,0\n",
            3,
            "fail",
            3,
            "green failed 5 of its newest 9 requests, more than half: fail (veto)",
        ),
        (
            over(9, 60, 3, 540, 27),
            0,
            "pass",
            1,
            "green failed 6 of 120 requests, blue 54 of 1,080: odds 1.0, pass (e = 54, needs 40)",
        ),
    ],
    ids=["fail", "absolute pass", "inconclusive", "veto", "relative pass"],
)
def test_it_tells_the_first_verdict_with_its_minute(
    tmp_path: Path, text: str, code: int, verdict: str, minute: int | None, reason: str
) -> None:
    result = judged(tmp_path, HEADER + text, "--json")

    assert result.exit_code == code
    found = json.loads(result.stdout)
    assert (found["verdict"], found["minute"], found["reason"]) == (verdict, minute, reason)
    told = judged(tmp_path, HEADER + text).stdout
    assert told.startswith(f"{verdict} at minute {minute}: " if minute is not None else verdict)
    assert reason in told


def test_its_numbers_are_those_of_the_bake(tmp_path: Path) -> None:
    found = document(tmp_path, HEADER + over(5, 60, 1, 540, 3, first=100))

    bake = judge(
        Evidence(strata={"api": [Stratum(60 * n, 60, 1, 540, 3) for n in range(5)]}), BakeSettings()
    )
    assert found["verdict"] == "inconclusive"
    assert found["log_e_fail"] == pytest.approx(bake.log_e_fail)
    assert found["log_e_pass_relative"] == pytest.approx(bake.log_e_pass_relative)
    assert found["log_e_pass_absolute"] == pytest.approx(bake.log_e_pass_absolute)
    assert (found["minutes_judged"], found["minutes"]) == (5, 5)


def test_options_are_the_bakes_settings(tmp_path: Path) -> None:
    text = HEADER + over(9, 60, 1, 540, 3)

    assert document(tmp_path, text)["verdict"] == "inconclusive"
    assert document(tmp_path, text, "--alpha", "0.3")["verdict"] == "fail"
    assert document(tmp_path, text, "--p-tol", "0.3")["verdict"] == "pass"
    assert document(tmp_path, text, "--rho-max", "200")["verdict"] == "pass"
    assert document(tmp_path, text, "--beta", "0.9", "--p-tol", "0.04")["verdict"] == "pass"


@pytest.mark.parametrize("option", ["--alpha=0", "--beta=1", "--p-tol=nan", "--rho-max=1"])
def test_an_option_out_of_range_is_wrong_usage(tmp_path: Path, option: str) -> None:
    result = judged(tmp_path, HEADER + over(1, 1, 0, 1, 0), option)

    assert result.exit_code == 1
    assert "such as" in result.stderr


def test_minutes_out_of_order_are_sorted_and_it_says_so(tmp_path: Path) -> None:
    rows = over(4, 60, 3, 540, 3).splitlines(keepends=True)
    straight, mixed = HEADER + "".join(rows), HEADER + "".join(reversed(rows))

    expected = document(tmp_path, straight)
    found = document(tmp_path, mixed)

    assert expected.pop("notes") == []
    assert found.pop("notes") == ["minutes were sorted: line 4 is earlier than one above it"]
    assert found == expected
    assert "minutes were sorted" in judged(tmp_path, mixed).stdout


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + HEADER + "0,green,60,1\n0,blue,540,3\n",
        "arm,failures,requests,host,minute\r\nblue,3,540,a,0\r\ngreen,1,60,b,0\r\n",
        "Minute, Arm, Requests, Failures\n\n0, Blue, 540.0, 3.0\n\n0, GREEN, 60, 1",
    ],
    ids=["byte order mark", "other order and columns", "spaces, capitals, floats"],
)
def test_what_spreadsheets_write_is_read(tmp_path: Path, text: str) -> None:
    file = tmp_path / "counts.csv"
    file.write_text(text, encoding="utf-8", newline="")

    assert read_counts(file).strata == (Stratum(0, 60, 1, 540, 3),)


def test_an_arm_without_a_row_was_asked_nothing(tmp_path: Path) -> None:
    file = tmp_path / "counts.csv"
    file.write_text(HEADER + "-3,blue,5,1\n7,green,4,0\n")

    assert read_counts(file).strata == (Stratum(-3, 0, 0, 5, 1), Stratum(7, 4, 0, 0, 0))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "counts.csv: the file is empty: write the header"),
        (b"\n  \n", "counts.csv: the file is empty: write the header"),
        (HEADER, "counts.csv: there is no row below the header: add one"),
        ("0,green,60,1\n", "counts.csv:1: the header lacks the columns minute, arm, requests, fai"),
        ("minute,arm,requests\n0,blue,1\n", "counts.csv:1: the header lacks the column failures: "),
        ("minute,arm,arm,requests,failures\n", "counts.csv:1: the header has arm twice: name"),
        (HEADER + "0,blue,1\n", "counts.csv:2: the row has 3 cells: give one for each of"),
        (HEADER + "0,blue,1,000,2\n", "counts.csv:2: the row has 5 cells and the header 4: write"),
        (HEADER + "0,red,1,0\n", "counts.csv:2: the arm is 'red': write blue or green"),
        (HEADER + "0,blue,1,0\nx,blue,1,0\n", "counts.csv:3: minute is 'x': give a whole number"),
        (HEADER + "0.5,blue,1,0\n", "counts.csv:2: minute is '0.5': give a whole number"),
        (HEADER + "0,blue,NaN,0\n", "counts.csv:2: requests is 'NaN': give a whole number"),
        (HEADER + "0,blue,inf,0\n", "counts.csv:2: requests is 'inf': give a whole number"),
        (HEADER + "0,blue,,0\n", "counts.csv:2: requests is '': give a whole number"),
        (HEADER + "0,blue,1_0,0\n", "counts.csv:2: requests is '1_0': give a whole number"),
        (HEADER + "0,blue,-1,0\n", "counts.csv:2: requests is -1: give a count between 0 and"),
        (HEADER + "0,blue,1,-1\n", "counts.csv:2: failures is -1: give a count between 0 and"),
        (HEADER + "0,blue,1e10,0\n", "counts.csv:2: requests is 1e10: give a count between 0 and"),
        (HEADER + "0,blue,1,2\n", "counts.csv:2: 2 failures of 1 requests cannot be: count"),
        (
            HEADER + "0,blue,1,0\n0,green,1,0\n0,blue,1,0\n",
            "counts.csv:4: minute 0 of blue stands in line 2 already: count each minute",
        ),
        (HEADER + '0,"blue,1,0\n', "counts.csv:2: this is no CSV (unexpected end of data): write"),
        (HEADER.encode() + b"0,blue,1,0\n0,gr\xfcn,1,0\n", "counts.csv:3: the file is not UTF-8"),
        (HEADER.encode("utf-16"), "counts.csv:1: the file is not UTF-8: save it as UTF-8"),
        (HEADER.encode() + b"0,blue,1\x00,0\n", "counts.csv:2: "),
    ],
)
def test_a_file_that_cannot_be_judged_is_one_sentence_with_its_line(
    tmp_path: Path, text: str | bytes, told: str
) -> None:
    result = judged(tmp_path, text)

    assert result.exit_code == 1
    assert told in result.stderr
    assert result.stderr.count("\n") == 1
    assert "unexpected" not in result.stderr.replace("unexpected end of data", "")


def test_the_complaint_is_a_document_too(tmp_path: Path) -> None:
    found = document(tmp_path, HEADER + "0,red,1,0\n")

    assert found["exitCode"] == 1
    assert "write blue or green" in str(found["error"])


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=80))
def test_whatever_follows_the_header_ends_in_a_verdict_or_a_sentence(tail: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        result = judged(Path(folder), HEADER.encode() + tail)

    assert result.exit_code in (0, 1, 3, 6)
    assert "please report it" not in result.stderr


def test_the_help_documents_the_exit_codes() -> None:
    told = CliRunner().invoke(app, ["judge", "--help"]).stdout

    for line in ("0  pass", "1  wrong usage", "3  fail", "6  inconclusive"):
        assert f"\n    {line}" in told
