"""The ledger's stream: what was written, as Lambda's event source mapping hands it over.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from collections.abc import Mapping
from typing import Any

from handlers.adapters.ledger.ledger import unmarshal
from handlers.domain.events.change import Change, change_of
from handlers.errors import LedgerIsNewer


def read_change(record: Mapping[str, Any]) -> Change | None:
    """The change in a record of the stream; None where it is none of a deployment's, was a removal,
    or cannot be read: what this Greenshift's ledger cannot have written stops nobody.
    """
    try:
        found = record["dynamodb"]
        if "NewImage" not in found:
            return None
        before = unmarshal(found["OldImage"]) if "OldImage" in found else None
        return change_of(unmarshal(found["NewImage"]), before, str(found["SequenceNumber"]))
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError, LedgerIsNewer):
        return None
