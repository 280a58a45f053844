"""A deployment as a live display: stages with their times, the weight, the counts, the verdict."""

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from infra.cli.words import counts, ending, one_line, stage_name, stage_time, title, verdict
from statemachine.following import Observation
from statemachine.stage import GOING_BACK, Stage

_VERDICTS = {
    "pass": "green",
    "fail": "red",
    "wait": "yellow",
    "inconclusive": "yellow",
    "ask": "bold cyan",
}
_OUTCOMES = {
    "Released": ("✓", "bold green"),
    "NothingToDo": ("✓", "bold green"),
    "RolledBack": ("✗", "bold yellow"),
}
_BAR = 24


class Frame:
    """One frame for the terminal that it is drawn on: every line continues under its own text, and
    earlier stages that do not fit the height are counted.
    """

    def __init__(
        self, seen: Observation, now: str, *, spinner: Spinner, side: str | None = None
    ) -> None:
        self._seen, self._now, self._spinner, self._side = seen, now, spinner, side

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        head = Text(title(self._seen), style="bold", overflow="fold")
        below = _below(self._seen, self._side)

        def height(part: RenderableType) -> int:
            return len(console.render_lines(part, options.update(height=None)))

        room = options.max_height - height(Group(head, below))
        hidden = max(len(self._seen.stages) - max(room, 1), 0)
        while hidden < len(self._seen.stages) - 1 and height(self._stages(hidden)) > room:
            hidden += 1
        yield Group(head, self._stages(hidden), below)

    def _stages(self, hidden: int) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=1)
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(overflow="fold")
        if hidden:
            table.add_row("", f"… {hidden} earlier", "", "")
        for stage in self._seen.stages[hidden:]:
            table.add_row(
                self._mark(stage),
                stage_name(stage),
                stage_time(stage, self._now),
                self._told(stage),
            )
        if self._seen.answer is None and all(each.ended_at for each in self._seen.stages):
            # Between two phases, and before the first one has written anything down.
            table.add_row(self._spinner, "" if self._seen.stages else "Plan", "", "")
        return table

    def _mark(self, stage: Stage) -> RenderableType:
        if stage.ended_at is None:
            return self._spinner
        return Text("✗", style="red") if stage.failed else Text("✓", style="green")

    def _told(self, stage: Stage) -> Text:
        """In full what a stage under way has come to, and why one failed while nothing else says
        it; on one line what went well, and what the end tells again.
        """
        if stage.ended_at is None and stage.phase == "Bake":
            return Text("")
        told = Text(one_line(stage.told), style="red" if stage.failed else "dim")
        if self._seen.answer is not None or (stage.ended_at and not stage.failed):
            told.no_wrap, told.overflow = True, "ellipsis"
        return told


def _below(seen: Observation, side: str | None) -> RenderableType:
    """What is true now, or how it ended."""
    table = _columns()
    if seen.answer is None and seen.stages:
        _add_traffic(table, seen, seen.stages[-1])
    if seen.preview:
        table.add_row("   preview", Text(seen.preview))
    parts: list[RenderableType] = [table] if table.row_count else []
    if side:
        parts.append(Text(f"   {side}", style="cyan"))
    if seen.answer is not None:
        parts.append(_end(seen))
    return Group(*parts)


def _columns() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _add_traffic(table: Table, seen: Observation, now: Stage) -> None:
    if now.phase == "RollBack" and seen.weight:
        table.add_row("   weight", Text("going back to 100 % on blue", style="yellow"))
    if now.phase not in ("ShiftTraffic", "Bake", "Finalize"):
        return
    bar = ProgressBar(
        total=100, completed=seen.weight, width=_BAR, style="blue", complete_style="green"
    )
    going = f", going to {now.weight} %" if now.phase == "ShiftTraffic" and now.weight else ""
    words = Text(f"{seen.weight} % on green{going}")
    if seen.steps:
        words.append(f", step {seen.step} of {seen.steps}", style="dim")
    table.add_row("   weight", _beside(bar, words))
    if now.phase != "Bake":
        return
    word, proof = verdict(seen)
    table.add_row("   counts", counts(seen) or Text("nothing yet at this weight", style="dim"))
    if word:
        table.add_row("   verdict", Text.assemble((word, _VERDICTS.get(word, "")), f": {proof}"))


def _beside(bar: ProgressBar, words: Text) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_row(bar, words)
    return table


def _end(seen: Observation) -> RenderableType:
    assert seen.answer is not None
    mark, style = _OUTCOMES.get(seen.answer["outcome"], ("✗", "bold red"))
    if seen.action in GOING_BACK and seen.answer["outcome"] == "RolledBack":
        mark, style = "✓", "bold green"
    first, *more = ending(seen)
    word, colon, reason = first.partition(":")
    table = _columns()
    table.add_row(Text(mark, style=style), Text.assemble((word, style), colon + reason))
    for line in more:
        table.add_row("", _item(line.strip()))
    return table


def _item(line: str) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=1)
    table.add_column(overflow="fold")
    table.add_row("·", Text(line))
    return table
