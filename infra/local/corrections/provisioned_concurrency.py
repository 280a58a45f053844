"""The list of a function's provisioned concurrency.

AWS: `GET …/provisioned-concurrency?List=ALL` is `ListProvisionedConcurrencyConfigs`, with the ARN
of each version or alias.
https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html
Stock MiniStack: takes it for `GetProvisionedConcurrencyConfig` of `$LATEST`, which has none. Patch:
a call without a qualifier, which `Get` does not know, is the list.
"""

from typing import Any

from infra.local.patching import when_imported


def apply() -> None:
    """Patches the reading of provisioned concurrency."""
    when_imported("ministack.services.lambda_svc", _patch)


def _patch(service: Any) -> None:
    get = service._get_provisioned_concurrency

    def get_or_list(name: str, qualifier: str) -> Any:
        function = service._functions.get(name)
        if qualifier or function is None:
            return get(name, qualifier)
        arn = service._func_arn(name)
        configs = function.get("provisioned_concurrency", {})
        found = [{"FunctionArn": f"{arn}:{key}", **each} for key, each in configs.items()]
        return service.json_response({"ProvisionedConcurrencyConfigs": found})

    service._get_provisioned_concurrency = get_or_list
