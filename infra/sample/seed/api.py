"""What `live` serves until the first release: it says so."""

import json


def handler(_event: object, _context: object) -> dict[str, object]:
    """Answers 503 to everything."""
    return {
        "statusCode": 503,
        "headers": {"content-type": "application/json", "retry-after": "30"},
        "body": json.dumps({"message": "orders has no release yet"}),
    }
