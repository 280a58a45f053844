"""The scenarios are modules beside this file: one table a family of statements."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
