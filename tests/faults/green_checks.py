"""What serves is what was released: code, settings, and as much provisioned concurrency as before."""

import base64
import hashlib
from typing import Any

from service import zipped

from handlers.domain.green.identity import marked
from tests.faults.beginnings import FLAG, MEMORY, WARM, source
from tests.faults.ended import Ended


def see_green(ended: Ended) -> None:
    """Every alias's version has the code of the release that its marker names; and where releases
    bring settings, those.
    """
    service = ended.world.service
    for key, serves in service.live().items():
        function, version = service.function(key), serves["version"]
        found = service.lambda_.get_function(FunctionName=function, Qualifier=version)
        configuration = found["Configuration"]
        mark = marked(configuration["Description"])
        assert mark, f"I3: {key} serves {version}, which nobody released"
        digest = hashlib.sha256(zipped(source(mark.release, key))).digest()
        code = base64.b64encode(digest).decode()
        assert configuration["CodeSha256"] == code, f"I3: {version} has not the code of {mark}"
        if ended.case.scenario.configured:
            _see_settings(ended, key, version, configuration, mark.release)


def _see_settings(
    ended: Ended, key: str, version: str, configuration: dict[str, Any], release: str
) -> None:
    variables = configuration.get("Environment", {}).get("Variables", {})
    told = f"of {release}: {variables}, {configuration['MemorySize']} MB"
    assert variables.get(FLAG) == release, f"I3: {key} {version} has not the settings {told}"
    assert configuration["MemorySize"] == MEMORY[release], f"I3: {key} {version} is not {told}"
    warm = ended.world.service.lambda_.get_provisioned_concurrency_config(
        FunctionName=ended.world.service.function(key), Qualifier=version
    )
    assert warm["RequestedProvisionedConcurrentExecutions"] == WARM, f"{version} is not as warm"
