"""A deployment as a live display: stages with their times, the weight, the counts, the verdict."""

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from infra.cli.words import counts, ending, outcome, stage_name, stage_time, title
from statemachine.following import Observation

_VERDICTS = {"pass": "green", "fail": "red", "wait": "yellow", "inconclusive": "yellow"}
_OUTCOMES = {"Released": "bold green", "NothingToDo": "bold green", "RolledBack": "bold yellow"}
_LINES_BESIDES = 8


def frame(
    seen: Observation, now: str, *, height: int, spinner: Spinner, side: str | None = None
) -> RenderableType:
    """One frame for a terminal of `height` lines; what does not fit of the stages is counted."""
    parts: list[RenderableType] = [
        Text(title(seen), style="bold"),
        _stages(seen, now, height, spinner),
    ]
    if seen.step and seen.answer is None:
        parts.append(_traffic(seen))
        parts.append(Text(f"  counts  {counts(seen) or 'nothing yet'}"))
    if seen.verdict and seen.answer is None:
        judged = Text(f"  verdict {seen.verdict}", style=_VERDICTS.get(seen.verdict, ""))
        parts.append(judged.append(f": {seen.reason}", style="default"))
    if side:
        parts.append(Text(f"  {side}", style="cyan"))
    if seen.answer is not None:
        first, *more = ending(seen.answer)
        word = outcome(seen.answer)
        style = _OUTCOMES.get(seen.answer["outcome"], "bold red")
        parts.append(Text(word, style=style).append(first[len(word) :], style="default"))
        parts += [Text(line) for line in more]
    return Group(*parts)


def _stages(seen: Observation, now: str, height: int, spinner: Spinner) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    room = max(height - _LINES_BESIDES, 4)
    hidden = max(len(seen.stages) - room, 0)
    if hidden:
        table.add_row("", f"… {hidden} earlier", "", "")
    for stage in seen.stages[hidden:]:
        running = stage.ended_at is None
        mark: RenderableType = spinner if running else Text("✓", style="green")
        told = Text("" if running and stage.phase == "Bake" else stage.told, style="dim")
        table.add_row(mark, stage_name(stage), stage_time(stage, now), told)
    if not seen.stages and seen.answer is None:
        table.add_row(spinner, "Plan", "", Text("waiting for the state machine", style="dim"))
    return table


def _traffic(seen: Observation) -> Table:
    table = Table.grid(padding=(0, 1))
    bar = ProgressBar(
        total=100, completed=seen.weight, width=30, style="blue", complete_style="green"
    )
    finished = f"step {seen.step} of {seen.steps}" if seen.steps else ""
    table.add_row("  traffic", bar, f"{seen.weight} % on green", Text(finished, style="dim"))
    return table
