"""RollBack runs when things are broken: it does not import the readers of what people write."""

import subprocess
import sys


def test_the_way_back_imports_no_reader_of_documents() -> None:
    code = "import handlers.roll_back, sys; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = {name for name in ended.stdout.split() if name.startswith("handlers.domain")}
    assert "handlers.domain.record" in ours
    assert not {name for name in ours if ".reading" in name or name.endswith(".checks")}
