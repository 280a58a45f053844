"""The permission to list the parameters below a path is one on the path."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

PARAMETERS = "arn:aws:ssm:us-east-1:000000000000:parameter"


def listing(account: Any, path: str, *allowed: str) -> Any:
    """What a user sees below a path who may list these."""
    account.lab["ssm"].put_parameter(Name=f"{path}/one", Value="1", Type="String", Overwrite=True)
    on = [f"{PARAMETERS}{each}" for each in allowed]
    client = account.user(account.allow("ssm:GetParametersByPath", on=on))("ssm")
    return [each["Name"] for each in client.get_parameters_by_path(Path=path)["Parameters"]]


def test_the_path_itself_is_what_is_allowed(account: Any) -> None:
    path = f"/{account.lab.name()}/services"
    assert listing(account, path, path) == [f"{path}/one"]
    for other in (f"{path}/*", f"{path}/", "/elsewhere"):
        with pytest.raises(ClientError, match="AccessDenied") as refused:
            listing(account, path, other)
        assert f"on resource: {PARAMETERS}{path} " in str(refused.value)


def test_stock_ministack_asks_for_everything(stock_account: Any) -> None:
    path = f"/{stock_account.lab.name()}/services"
    with pytest.raises(ClientError, match=r"on resource: \* "):
        listing(stock_account, path, path)
