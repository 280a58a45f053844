"""The display of a deployment: live on a terminal, plain lines elsewhere."""

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from account import answer
from rich.console import Console
from rich.spinner import Spinner

from infra.cli.lines import Lines
from infra.cli.live import frame
from infra.cli.progress import show
from statemachine.following import Counts, Observation
from statemachine.stages import Stage

REASON = "green failed 3 of 4,112 requests, blue 21 of 31,960: odds 1.1, pass (e = 84, needs 40)"


def at(second: int) -> str:
    return f"2026-11-23T10:{15 + second // 60}:{second % 60:02}.000Z"


PLANNED = Stage("Plan", 0, 0, at(2), at(3), "steps(10@5, 100@5)")
SHIFTED = Stage("ShiftTraffic", 1, 10, at(3), at(4), "2 aliases moved, 31 ms apart")
START = Observation(at=at(3), service="orders", execution="arn:x", deployment="orders-1.1.0-x", release="1.1.0", action="deploy", started_at=at(2), steps=2)  # fmt: skip
BAKING = replace(
    START,
    at=at(8),
    step=1,
    weight=10,
    phase="Bake",
    stages=(PLANNED, SHIFTED, Stage("Bake", 1, 10, at(4), None, REASON)),
    green=Counts(4112, 3),
    blue=Counts(31960, 21),
    served=Counts(4200, 3),
    verdict="wait",
    reason=REASON,
)
ENDED = replace(
    BAKING,
    at=at(94),
    phase="Finalize",
    stages=(*BAKING.stages[:2], Stage("Bake", 1, 10, at(4), at(93), REASON), Stage("Finalize", 0, 0, at(93), at(94), "")),
    verdict="pass",
    answer=answer("orders", "Released"),
)  # fmt: skip
STORY = (START, replace(START, stages=(PLANNED,)), BAKING, ENDED)


def shown(story: Any = STORY, *, terminal: bool = False, **options: Any) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100, height=30, color_system="truecolor" if terminal else None, legacy_windows=False, _environ={"TERM": "xterm"})  # fmt: skip
    last = show(iter(story), console, **options)
    assert last is story[-1]
    return out.getvalue()


def test_elsewhere_each_thing_is_one_plain_line() -> None:
    assert shown().splitlines() == [
        "10:15:02Z orders 1.1.0 (orders-1.1.0-x)",
        "10:15:03Z Plan: done in 1.0 s: steps(10@5, 100@5)",
        "10:15:04Z Shift to 10 %: done in 1.0 s: 2 aliases moved, 31 ms apart",
        "10:15:04Z Bake at 10 % …",
        "10:15:08Z Bake at 10 %: green 3 failed of 4,112, blue 21 failed of 31,960: wait",
        f"10:16:33Z Bake at 10 %: done in 1 min 29 s: {REASON}",
        "10:16:34Z Finalize: done in 1.0 s",
        f"10:16:34Z Released after 1 min 32 s: {REASON}",
        "10:16:34Z   failed requests on green: at least 3",
    ]


def test_elsewhere_there_is_no_colour_no_cursor_and_no_wrapping() -> None:
    text = shown([replace(ENDED, answer=answer("orders", "RolledBack", reason="long " * 80))])
    assert "\x1b" not in text
    assert "long " * 80 in text


def test_markup_in_a_reason_is_only_text() -> None:
    assert "[red]x[/nothing]" in shown([replace(ENDED, answer=answer("orders", "RolledBack", reason="[red]x[/nothing]"))])  # fmt: skip


def test_a_bake_is_told_at_most_every_quiet_seconds() -> None:
    looks = [
        replace(BAKING, at=at(5 + second), green=Counts(100 * second, 0)) for second in range(25)
    ]
    lines = Lines(quiet_seconds=10)
    told = [line for look in looks for line in lines.of(look) if "failed of" in line]
    assert [line[:9] for line in told] == ["10:15:05Z", "10:15:15Z", "10:15:25Z"]


MOVED = "backfill 0002_channel: 45 % of about 1,200,000 rows, 12,300 a second, about 54 s left"


def migrating(second: int, told: str) -> Observation:
    stage = Stage("MigrateSchema", 0, 0, at(3), None, told)
    return replace(START, at=at(second), phase="MigrateSchema", stages=(PLANNED, stage))


def test_a_backfill_is_told_at_most_every_quiet_seconds_and_only_where_it_moved() -> None:
    lines = Lines(quiet_seconds=10)
    looks = [
        migrating(4, ""),
        migrating(5, MOVED),
        migrating(30, MOVED),
        migrating(31, "b"),
        migrating(32, "c"),
    ]
    told = [line for look in looks for line in lines.of(look) if "Migrate" in line]
    assert told == [
        "10:15:03Z Migrate schema …",
        f"10:15:05Z Migrate schema: {MOVED}",
        "10:15:31Z Migrate schema: b",
    ]


def test_a_frame_shows_how_far_a_backfill_is() -> None:
    assert "45 % of about 1,200,000 rows" in " ".join(rendered(migrating(5, MOVED)).split())


def test_counts_that_did_not_change_are_not_told_again() -> None:
    lines = Lines(quiet_seconds=0)
    looks = [replace(BAKING, at=at(5 + second)) for second in range(5)]
    assert len([line for look in looks for line in lines.of(look) if "failed of" in line]) == 1


def test_a_side_line_is_told_beside_the_bake() -> None:
    text = shown(side=lambda: "traffic: 1,200 requests, 0 failed", quiet_seconds=0)
    assert "10:15:08Z traffic: 1,200 requests, 0 failed" in text


def test_on_a_terminal_the_last_frame_stays_with_stages_times_and_the_end() -> None:
    text = shown(terminal=True, side=lambda: "traffic: 1,200 requests")
    assert "\x1b[" in text
    last = text[text.rindex("orders 1.1.0") :]
    for told in ("Plan", "Shift to 10 %", "Bake at 10 %", "1 min 29 s", "Released", "1 min 32 s", "traffic: 1,200"):  # fmt: skip
        assert told in last


def test_a_frame_shows_weight_counts_verdict_and_reason() -> None:
    text = rendered(BAKING)
    for told in (
        "10 % on green",
        "step 1 of 2",
        "green 3 failed of 4,112, blue 21 failed of 31,960",
        "verdict wait: green failed 3 of 4,112",
    ):
        assert told in text


@pytest.mark.parametrize("height", [12, 24])
def test_a_long_deployment_fits_the_terminal(height: int) -> None:
    stages = tuple(Stage("Bake", step, step, at(4), at(5), "") for step in range(1, 60))
    text = rendered(replace(BAKING, stages=stages), height=height)
    assert len(text.splitlines()) <= height
    assert "earlier" in text
    assert "Bake at 59 %" in text


def test_the_cursor_comes_back_when_the_observations_fail() -> None:
    out = io.StringIO()
    console = Console(
        file=out, force_terminal=True, width=100, height=30, _environ={"TERM": "xterm"}
    )

    def broken() -> Iterator[Observation]:
        yield BAKING
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        show(broken(), console)
    assert out.getvalue().rindex("\x1b[?25h") > out.getvalue().rindex("\x1b[?25l")


def test_a_deployment_without_observations_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to show"):
        show(iter(()), Console(file=io.StringIO()))


def rendered(seen: Observation, height: int = 30) -> str:
    console = Console(file=io.StringIO(), width=110)
    with console.capture() as capture:
        console.print(frame(seen, at(9), height=height, spinner=Spinner("dots")))
    return capture.get()
