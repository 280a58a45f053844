"""The definition and its placeholders."""

import pytest

from statemachine import loader

ALL = {
    name: f"arn:aws:lambda:eu-west-1:111122223333:function:{name}" for name in loader.placeholders()
}


def test_every_phase_and_the_service_are_placeholders() -> None:
    phases = (
        "Plan", "ProvisionGreen", "MigrateSchema", "VerifyGreen", "RunHooks", "ShiftTraffic", "Bake", "Finalize", "RollBack",
    )  # fmt: skip
    assert loader.placeholders() == {"Service", *(f"{phase}Arn" for phase in phases)}


def test_a_filled_definition_has_no_placeholder_left() -> None:
    document = loader.load(ALL)
    assert "${" not in loader.fill(ALL)
    assert document["States"]["Plan"]["Parameters"]["FunctionName"] == ALL["PlanArn"]


def test_a_value_is_filled_as_json_text() -> None:
    document = loader.load({**ALL, "Service": 'or"ders\\'})
    assert document["States"]["Receive"]["Parameters"]["service"] == 'or"ders\\'


def test_a_missing_value_is_named() -> None:
    values = {name: value for name, value in ALL.items() if name not in ("BakeArn", "PlanArn")}
    with pytest.raises(ValueError, match=r"no value for \$\{BakeArn\}, \$\{PlanArn\}: "):
        loader.fill(values)


def test_a_value_that_nothing_asks_for_is_named() -> None:
    with pytest.raises(ValueError, match="no placeholder BakingArn; it has BakeArn"):
        loader.fill({**ALL, "BakingArn": "arn"})
