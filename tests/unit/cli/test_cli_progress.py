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
from infra.cli.live import Frame
from infra.cli.progress import show, write
from statemachine.following import Asks, Counts, Observation
from statemachine.stage import Stage

WIDTHS = (80, 100, 120)
WAITING = "api: green failed 3 of 412 requests, blue 21 of 3,196: odds 1.1, wait (pass e = 3.2, needs 40; fail e = 0.41, needs 100)"  # fmt: skip
FAILED = "green failed 6 of 77 requests, blue 0 of 338: fail (e = 1,005, needs 100)"
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
    reason=WAITING,
)
ENDED = replace(
    BAKING,
    at=at(94),
    phase="Finalize",
    stages=(*BAKING.stages[:2], Stage("Bake", 1, 10, at(4), at(93), REASON), Stage("Finalize", 0, 0, at(93), at(94), "")),
    verdict="pass",
    answer=answer("orders", "Released"),
)  # fmt: skip
GOING_BACK = replace(
    BAKING,
    phase="RollBack",
    stages=(*BAKING.stages[:2], Stage("Bake", 1, 10, at(4), at(8), FAILED, failed=True), Stage("RollBack", 0, 0, at(8), None, "")),
    verdict="fail",
    reason=FAILED,
)  # fmt: skip
WENT_BACK = replace(
    GOING_BACK,
    stages=(*GOING_BACK.stages[:3], Stage("RollBack", 0, 0, at(8), at(9), "")),
    answer=answer("orders", "RolledBack", reason=FAILED),
)
FINDING = {"code": "X", "where": "release.toml:7 functions.mailer", "what": "the stack registers no function mailer, only api and worker", "do": "register it with BlueGreenService"}  # fmt: skip
REFUSED = answer("orders", "Rejected", reason="orders-1.2.0-x is running: it was told to stop")
STORY = (START, replace(START, stages=(PLANNED,)), BAKING, ENDED)


def shown(story: Any = STORY, *, terminal: bool = False, width: int = 100, **options: Any) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=width, height=30, color_system="truecolor" if terminal else None, legacy_windows=False, _environ={"TERM": "xterm"})  # fmt: skip
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
    assert ("long " * 80).strip() in text


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


def test_a_hook_that_is_waited_for_is_named() -> None:
    told = "smoke at beforeShift is in progress, 2 calls"
    asked = Stage("RunHooks", 0, 0, at(4), None, told)
    seen = replace(START, at=at(14), phase="RunHooks", stages=(PLANNED, asked))
    assert list(Lines().of(seen))[-1].endswith(f"Ask hooks: {told}")


def test_a_frame_shows_how_far_a_backfill_is() -> None:
    assert "45 % of about 1,200,000 rows" in " ".join(rendered(migrating(5, MOVED)).split())


def test_counts_that_did_not_change_are_not_told_again() -> None:
    lines = Lines(quiet_seconds=0)
    looks = [replace(BAKING, at=at(5 + second)) for second in range(5)]
    assert len([line for look in looks for line in lines.of(look) if "failed of" in line]) == 1


def test_where_green_can_be_tried_is_told_once() -> None:
    seen = replace(BAKING, preview="https://preview.example.com")
    lines = Lines()
    told = [*lines.of(seen), *lines.of(replace(seen, at=at(60)))]
    (line,) = [each for each in told if "preview" in each]
    assert line.endswith("preview: green can be tried at https://preview.example.com")
    assert "preview https://preview.example.com" in " ".join(rendered(seen).split())


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
    text = " ".join(rendered(BAKING).split())
    for told in (
        "10 % on green",
        "step 1 of 2",
        "green 3 failed of 4,112, blue 21 failed of 31,960",
        "verdict wait: api: green failed 3 of 412",
    ):
        assert told in text


def test_a_verdict_says_its_word_once() -> None:
    assert rendered(BAKING).count("wait") == 1


def test_a_question_is_asked_in_full_and_in_lines_once_a_step() -> None:
    question = "no verdict in 5 minutes: shall it go on to 100 %? `greenshift approve orders`; green failed 3 of 412 requests: wait"  # fmt: skip
    asks = replace(BAKING, verdict="ask", reason=question, asks=Asks("go on to 100 %", at(99)))
    told = question.replace(": wait", "")
    assert f"verdict ask: {told}" in " ".join(rendered(asks).split())
    lines = Lines(quiet_seconds=0)
    looks = [asks, replace(asks, at=at(30), green=Counts(4200, 3)), replace(asks, step=2)]
    found = [line for look in looks for line in lines.of(look) if " asks: " in line]
    assert found == [f"10:15:08Z Bake at 10 % asks: {question}"] * 2


def test_a_question_that_nothing_was_counted_for_is_told_once() -> None:
    asks = replace(
        BAKING,
        verdict="ask",
        reason="no verdict in 5 minutes: shall it be released?",
        asks=Asks("be released", at(99)),
        green=Counts(0, 0),
        served=Counts(0, 0),
    )
    lines = Lines(quiet_seconds=0)
    found = [line for second in (20, 30, 40) for line in lines.of(replace(asks, at=at(second)))]
    assert len([line for line in found if "shall it be released?" in line]) == 1


def test_what_has_not_settled_yet_is_not_said_to_be_nothing() -> None:
    seen = replace(BAKING, green=Counts(0, 0), blue=Counts(45, 0), served=Counts(34, 0))
    for text in (rendered(seen), shown([seen, ENDED])):
        assert "green 0 failed of 34, not settled yet" in text
    reason = "nothing was asked of green yet, blue failed 0 of 45 requests: wait"
    asleep = replace(seen, served=Counts(0, 0), reason=reason)
    assert "nothing was asked of green yet" in rendered(asleep)
    assert "nothing was asked of green yet" in shown([asleep, ENDED])


def test_before_the_first_look_at_a_weight_no_verdict_is_shown_and_nothing_counted() -> None:
    fresh = replace(BAKING, verdict=None, reason="", green=None, blue=None, served=None)
    assert "verdict" not in rendered(fresh)
    assert "nothing yet at this weight" in rendered(fresh)
    assert "wait" not in "".join(Lines().of(fresh))


def test_while_a_step_moves_the_frame_shows_where_from_and_where_to() -> None:
    shifting = Stage("ShiftTraffic", 2, 100, at(9), None, "")
    text = rendered(replace(BAKING, step=2, stages=(PLANNED, SHIFTED, shifting), verdict=None))
    assert "10 % on green, going to 100 %, step 2 of 2" in text
    assert "counts" not in text


def test_a_bake_that_failed_has_a_cross_and_its_reason() -> None:
    for text in (rendered(GOING_BACK), rendered(WENT_BACK)):
        (bake,) = (line for line in text.splitlines() if "Bake at 10 %" in line)
        assert bake.startswith("✗")
        assert "green failed 6 of 77" in bake
    assert f"Bake at 10 %: failed after 4.0 s: {FAILED}" in shown([WENT_BACK])


def test_on_the_way_back_no_weight_is_claimed_and_no_verdict_repeated() -> None:
    text = rendered(GOING_BACK)
    assert "on green" not in text
    assert "verdict" not in text
    assert "going back to 100 % on blue" in text


def test_what_is_under_way_is_never_ticked() -> None:
    for seen in (START, BAKING, GOING_BACK, migrating(5, MOVED)):
        ticked = [line for line in rendered(seen).splitlines() if line.startswith(("✓", "✗"))]
        assert len(ticked) == sum(stage.ended_at is not None for stage in seen.stages)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "seen",
    [BAKING, GOING_BACK, WENT_BACK, ENDED, migrating(5, MOVED), replace(ENDED, answer=answer("orders", "Rejected", findings=[FINDING] * 3)), replace(ENDED, answer=answer("orders", "NeedsAttention", reason="word " * 60))],
)  # fmt: skip
def test_no_line_is_wider_than_the_terminal_and_none_goes_on_at_its_edge(
    seen: Observation, width: int
) -> None:
    title, *lines = rendered(seen, width=width).splitlines()
    assert title.startswith("orders 1.1.0")
    for line in lines:
        assert len(line) <= width
        assert line[0] in "✓✗⠋ ", line


@pytest.mark.parametrize("width", WIDTHS)
def test_elsewhere_the_width_changes_nothing(width: int) -> None:
    assert shown([WENT_BACK], width=width) == shown([WENT_BACK], width=500)


def test_elsewhere_line_breaks_of_a_database_do_not_break_a_line() -> None:
    reason = "MigrationFailed: ERROR: no\nDETAIL: why\nHINT: what"
    lines = shown([replace(ENDED, answer=answer("orders", "RolledBack", reason=reason))])
    assert all(line[8:10] == "Z " for line in lines.splitlines())
    assert "ERROR: no DETAIL: why HINT: what" in lines


def test_a_rollback_that_is_not_let_in_is_refused_and_names_no_release() -> None:
    seen = replace(START, action="rollback", release="", answer=REFUSED)
    for text in (rendered(seen), shown([seen])):
        assert "Refused: orders-1.2.0-x is running" in text
        assert "rollback of orders (" in text
        assert "Rejected" not in text
        assert "the seed" not in text


def test_a_rollback_that_was_asked_for_counts_no_failures_of_a_green() -> None:
    seen = replace(START, action="rollback", release="1.0.0", stages=(Stage("RollBack", 0, 0, at(2), at(4), ""),), answer=answer("orders", "RolledBack", failedRequests=0))  # fmt: skip
    text = rendered(seen)
    assert "rollback to 1.0.0" in text
    assert "failed requests" not in text
    assert "✗" not in text


def test_a_repair_that_is_done_is_told_as_one() -> None:
    ended = answer("orders", "RolledBack", reason="repaired by hand", failedRequests=0)
    seen = replace(START, action="repair", release="", answer=ended)
    for text in (rendered(seen), shown([seen])):
        assert "repair of orders (" in text
        assert "Repaired after 1 min 32 s: repaired by hand" in text


def test_a_command_in_a_line_is_not_broken() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=40, color_system=None)
    write(console, f"  watch it with `greenshift watch {'arn:x' * 10}` when you want to")
    lines = out.getvalue().splitlines()
    assert f"`greenshift watch {'arn:x' * 10}`" in [line.strip() for line in lines]
    assert all(line.startswith("    ") for line in lines[1:])


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


def rendered(seen: Observation, height: int = 30, width: int = 110) -> str:
    console = Console(file=io.StringIO(), width=width, height=height)
    with console.capture() as capture:
        console.print(Frame(seen, at(9), spinner=Spinner("dots")))
    return capture.get()
