"""What a service that keeps its data in DynamoDB registers, and what its migrator may do."""

import json
from typing import Any

import pytest

from handlers.domain.registration.registration import read_registration

LEDGER = "/greenshift/deployer/table"


@pytest.fixture
def stack(aws: Any) -> Any:
    """An empty stack; after the session's synthesis, so that jsii is up."""
    from aws_cdk import App, Stack

    return Stack(App(analytics_reporting=False), "Stack")


def table(stack: Any, name: str, **properties: Any) -> Any:
    from aws_cdk import aws_dynamodb as dynamodb

    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    return dynamodb.Table(stack, name, partition_key=key, **properties)


def template(stack: Any, **tables: Any) -> Any:
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk.assertions import Template
    from greenshift_cdk import BlueGreenService, DynamoDatabase, ManagedFunction

    api = lambda_.Function(
        stack,
        "Api",
        function_name="shop-api",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    BlueGreenService(
        stack,
        "Service",
        service="shop",
        functions={"api": ManagedFunction(api, "entry")},
        database=DynamoDatabase(tables=tables),
    )
    return Template.from_stack(stack).to_json()


def properties(found: Any, kind: str) -> list[Any]:
    return [each["Properties"] for each in found["Resources"].values() if each["Type"] == kind]


def migrator(found: Any) -> Any:
    (only,) = (
        each
        for each in properties(found, "AWS::Lambda::Function")
        if each.get("FunctionName") == "greenshift-migrator-shop"
    )
    return only


def statements(found: Any) -> list[Any]:
    role = migrator(found)["Role"]["Fn::GetAtt"][0]
    return [
        statement
        for policy in properties(found, "AWS::IAM::Policy")
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def test_the_registration_names_the_tables_by_their_keys(stack: Any) -> None:
    found = template(stack, orders=table(stack, "Orders", table_name="shop-orders"))
    (value,) = (
        each["Value"]
        for each in properties(found, "AWS::SSM::Parameter")
        if each["Name"] == "/greenshift/services/shop"
    )
    text = (
        value
        if isinstance(value, str)
        else "".join(
            part if isinstance(part, str) else "shop-orders" for part in value["Fn::Join"][1]
        )
    )
    registration, findings = read_registration(text, "shop")
    assert findings == []
    assert registration is not None
    assert json.loads(text)["database"] == {
        "kind": "dynamodb",
        "tables": {"orders": "shop-orders"},
        "gate": "enforce",
    }


def test_the_migrator_may_change_these_tables_and_its_own_part_of_the_ledger(stack: Any) -> None:
    orders, carts = table(stack, "Orders"), table(stack, "Carts")
    found = template(stack, orders=orders, carts=carts)
    variables = migrator(found)["Environment"]["Variables"]
    assert {"GREENSHIFT_DYNAMODB_TABLES", "GREENSHIFT_TABLE", "GREENSHIFT_SERVICE"} <= set(
        variables
    )
    assert "VpcConfig" not in migrator(found)

    said = {
        tuple(
            sorted(each["Action"]) if isinstance(each["Action"], list) else [each["Action"]]
        ): each
        for each in statements(found)
    }
    tables = said.pop(
        (
            "dynamodb:DescribeTable",
            "dynamodb:Scan",
            "dynamodb:UpdateItem",
            "dynamodb:UpdateTable",
        )
    )
    names = sorted(each["Fn::GetAtt"][0] for each in tables["Resource"])
    assert [name.rstrip("0123456789ABCDEF") for name in names] == ["Carts", "Orders"]
    own = said.pop(("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"))
    claim = said.pop(("dynamodb:ConditionCheckItem",))
    for statement, partition in ((own, "ITEMS#shop"), (claim, "SERVICE#shop")):
        assert statement["Condition"] == {
            "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [partition]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        }
        reference = statement["Resource"]["Fn::Join"][1][-1]["Ref"]
        assert found["Parameters"][reference]["Default"] == LEDGER
    assert not [action for actions in said for action in actions if "dynamodb" in action]


def test_a_table_with_a_key_of_ones_own_can_be_read_and_written(stack: Any) -> None:
    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_kms as kms

    secret = table(
        stack,
        "Orders",
        encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
        encryption_key=kms.Key(stack, "Key"),
    )
    found = template(stack, orders=secret)
    actions = {str(each["Action"]) for each in statements(found)}
    assert any("kms:Decrypt" in each for each in actions)


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ([], "has 0 tables; give it between 1 and 30"),
        ([f"t{number}" for number in range(31)], "has 31 tables"),
        (["9"], '"9" is not a table\'s key; use at most 64'),
        (["a b"], "is not a table's key"),
    ],
)
def test_tables_that_cannot_be_registered_are_refused(
    stack: Any, keys: list[str], sentence: str
) -> None:
    from greenshift_cdk import DynamoDatabase

    only = table(stack, "Orders")
    with pytest.raises(ValueError, match=sentence):
        DynamoDatabase(tables=dict.fromkeys(keys, only))
