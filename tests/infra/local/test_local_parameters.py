"""What the Parameter Store takes."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

SIZES = [
    (4096, None, "Standard"),
    (4097, "Standard", "ValidationException"),
    (8192, "Advanced", "Advanced"),
    (8193, "Advanced", "ValidationException"),
    (10, "Intelligent-Tiering", "Standard"),
    (8000, "Intelligent-Tiering", "Advanced"),
]


def put(lab: Any, size: int, tier: str | None) -> str:
    chosen = {"Tier": tier} if tier else {}
    try:
        answer = lab["ssm"].put_parameter(
            Name=f"/{lab.name()}", Value="x" * size, Type="String", **chosen
        )
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return str(answer["Tier"])


@pytest.mark.parametrize(("size", "tier", "outcome"), SIZES)
def test_a_parameter_holds_what_its_tier_allows(
    corrected: Any, size: int, tier: str | None, outcome: str
) -> None:
    assert put(corrected, size, tier) == outcome


@pytest.mark.parametrize("tier", ["Standard", "Advanced"])
def test_stock_takes_any_size(stock: Any, tier: str) -> None:
    assert put(stock, 20_000, tier) == tier


def test_an_advanced_parameter_stays_advanced(corrected: Any) -> None:
    words = {"Name": f"/{corrected.name()}", "Type": "String", "Overwrite": True}
    corrected["ssm"].put_parameter(**words, Value="x" * 5000, Tier="Advanced")
    assert corrected["ssm"].put_parameter(**words, Value="x")["Tier"] == "Advanced"
