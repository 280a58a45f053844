"""Commands that a text names, as they can be copied and run here: the ledger and the handlers do
not know which AWS the reader talks to.
"""

import re

TAKE_LOCAL = (
    "deploy", "watch", "status", "rollback", "recover", "repair", "preview", "contract", "stop",
    "explain", "prune", "redrive", "approve", "reject", "promote",
    "compare show",
)  # fmt: skip
"""The commands with the option --local."""
_HINT = re.compile(rf"`(greenshift (?:{'|'.join(TAKE_LOCAL)})\b[^`]*)`")


def runnable(text: str, *, local: bool) -> str:
    """The text, where `local` with --local at the end of every command in backquotes that takes it
    and does not have it.
    """
    return _HINT.sub(_with_local, text) if local else text


def command(line: str, *, local: bool) -> str:
    """One command that stands by itself, as it is run here."""
    return runnable(f"`{line}`", local=local)[1:-1]


def _with_local(hint: re.Match[str]) -> str:
    command = hint[1]
    return hint[0] if "--local" in command.split() else f"`{command} --local`"
