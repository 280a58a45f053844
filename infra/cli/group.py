"""The command group: usage errors exit with 1, and no error shows a traceback."""

import os
import sys
from collections.abc import Sequence
from typing import Any

from typer.core import TyperGroup

from infra.cli.complaints import complaint
from infra.cli.exits import USAGE, Complaint, Finished
from infra.cli.output import complain, document_error

_CLICKS_USAGE = 2
"""Click's own exit code for wrong usage, which here means rejected; `schema` has codes of its own,
in which it means that nothing could be checked.
"""


class Commands(TyperGroup):
    """Runs a command and turns whatever it raises into an exit code and one sentence."""

    def main(self, args: Sequence[str] | None = None, **settings: Any) -> Any:  # type: ignore[override]
        """Runs the command line `args` (default: the process's own) and exits."""
        given = list(sys.argv[1:] if args is None else args)
        try:
            return super().main(given, **settings)
        except SystemExit as exited:
            usage = _CLICKS_USAGE if given[:1] == ["schema"] else USAGE
            code = usage if exited.code == _CLICKS_USAGE else exited.code
            # Click has said it on standard error, and exits from within handling what it said.
            wrong = getattr(exited.__context__, "format_message", None)
            if wrong is not None and "--json" in given:
                document_error(wrong(), code)
            raise SystemExit(code) from None
        except Finished as finished:
            raise SystemExit(finished.code) from None
        except Exception as error:
            if os.environ.get("GREENSHIFT_DEBUG") and not isinstance(error, Complaint):
                raise
            found = complaint(error)
            complain(found, as_json="--json" in given, local="--local" in given)
            raise SystemExit(found.code) from None
