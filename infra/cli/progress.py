"""Shows one deployment from its observations: live on a terminal, in plain lines elsewhere."""

import re
import textwrap
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from infra.cli.lines import QUIET_SECONDS, Lines

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from statemachine.following import Observation

Side = Callable[[], str | None]
"""A line from beside the deployment, such as a load generator's: asked for at every frame."""
_NO_BREAK = "\N{NO-BREAK SPACE}"


def show(
    observations: "Iterable[Observation]",
    console: "Console",
    *,
    side: Side | None = None,
    quiet_seconds: float = QUIET_SECONDS,
) -> "Observation":
    """Shows the observations until they end and answers the last one.

    On a terminal one display is redrawn in place and stays at the end. Elsewhere lines are written
    unwrapped and without colour, about a bake at most every `quiet_seconds`. Raises ValueError when
    there was no observation, and whatever the observations raise.
    """
    live = console.is_terminal and not console.is_dumb_terminal
    last = (
        _live(observations, console, side)
        if live
        else _lines(observations, console, side, quiet_seconds)
    )
    if last is None:
        raise ValueError("there was nothing to show")
    return last


def _live(
    observations: "Iterable[Observation]", console: "Console", side: Side | None
) -> "Observation | None":
    from rich.live import Live
    from rich.spinner import Spinner
    from rich.text import Text

    from infra.cli.live import Frame

    last: Observation | None = None
    spinner = Spinner("dots", style="cyan")

    def draw() -> "RenderableType":
        if last is None:
            return Text("")
        return Frame(last, _now(), spinner=spinner, side=side() if side else None)

    with Live(get_renderable=draw, console=console, refresh_per_second=8) as display:
        for each in observations:
            last = each
            display.refresh()
    return last


def _lines(
    observations: "Iterable[Observation]",
    console: "Console",
    side: Side | None,
    quiet_seconds: float,
) -> "Observation | None":
    last: Observation | None = None
    lines = Lines(quiet_seconds)
    for last in observations:
        for line in lines.of(last, side() if side else None):
            write(console, line)
    return last


def write(console: "Console", line: str, style: str | None = None) -> None:
    """Writes a line as it is, without markup. On a terminal what is too long goes on indented;
    a command in backticks stays whole, so that it can be copied.
    """
    shown = _hanging(line, console.width) if console.is_terminal else line
    console.print(shown, style=style, markup=False, highlight=False, soft_wrap=True)
    console.file.flush()


def _hanging(line: str, width: int) -> str:
    whole = re.sub(r"`[^`]*`", lambda found: found[0].replace(" ", _NO_BREAK), line)
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    wrapped = textwrap.fill(
        whole, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return wrapped.replace(_NO_BREAK, " ")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
