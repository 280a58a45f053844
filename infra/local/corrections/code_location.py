"""Where a version's code is fetched from.

AWS: `GetFunction` answers a URL for the code of the version that was asked for.
https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
Stock MiniStack: the URL of `$LATEST`'s code, whatever was asked for. Patch: the URL names the
version, and its code is served.
"""

import json
from typing import Any

from infra.local.patching import when_imported


def apply() -> None:
    """Patches `GetFunction` and what serves its URL."""
    when_imported("ministack.services.lambda_svc", _patch)


def _patch(service: Any) -> None:
    get, serve = service._get_function, service.serve_function_code

    def get_of_version(name: str, qualifier: str | None = None) -> Any:
        status, headers, body = get(name, qualifier)
        found = json.loads(body or b"{}")
        version = found.get("Configuration", {}).get("Version", "$LATEST")
        if status == 200 and version != "$LATEST" and "Location" in found["Code"]:
            url = found["Code"]["Location"]
            found["Code"]["Location"] = url.replace(f"/{name}?", f"/{name}:{version}?")
            body = json.dumps(found).encode()
        return status, headers, body

    def serve_of_version(name: str, **where: Any) -> Any:
        name, _, version = name.partition(":")
        if not version:
            return serve(name, **where)
        account, region = where["account_id"], where["region"]
        function = service._functions.get_scoped(account, region, name) or {"versions": {}}
        code = function["versions"].get(version, {}).get("code_zip")
        if code is None:
            return 404, {"Content-Type": "text/plain"}, b"Version not found"
        return 200, {"Content-Type": "application/zip"}, code

    service._get_function = get_of_version
    service.serve_function_code = serve_of_version
