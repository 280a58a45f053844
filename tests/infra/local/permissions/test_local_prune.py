"""The prune in its own role, as the deployer's template has it: it may do all that it does."""

import json
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.adapters.functions.budget import Budget
from handlers.adapters.functions.control_plane import in_turn
from handlers.adapters.functions.pace import Pace
from handlers.adapters.functions.ways_in import WaysIn
from handlers.adapters.ledger.claims import Claims
from handlers.adapters.ledger.journal import Journal
from handlers.adapters.ledger.ledger import Ledger
from handlers.adapters.ledger.lines import Lines
from handlers.adapters.pruning.apis import Apis
from handlers.adapters.pruning.uses import Uses
from handlers.adapters.pruning.versions import Versions
from handlers.adapters.registrations import Registrations
from handlers.adapters.tools import Tools
from handlers.domain.green.identity import marker
from handlers.listeners import prune

TABLE = "greenshift-ledger"
DIGEST = "sha256:" + "cd" * 32


def resolved(account: Any, deployer: Any, value: Any) -> Any:
    """A part of a template with the emulator's values in the place of what AWS puts in."""
    if isinstance(value, list):
        return [resolved(account, deployer, each) for each in value]
    if not isinstance(value, dict):
        return value
    where = account.environment
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(resolved(account, deployer, parts))
    if "Fn::GetAtt" in value:
        kind = deployer.body["Resources"][value["Fn::GetAtt"][0]]["Type"]
        table = f"arn:aws:dynamodb:{where.region}:{where.account}:table/{TABLE}"
        return {"AWS::DynamoDB::Table": table}.get(kind, f"arn:aws:other:::{kind}")
    if "Ref" in value:
        known = {"Partition": "aws", "Region": where.region, "AccountId": where.account}
        return known[value["Ref"].removeprefix("AWS::")]
    return {key: resolved(account, deployer, each) for key, each in value.items()}


def tools_of(client: Any) -> Tools:
    """The tools of a function that has these clients' permissions."""
    pace = Pace(3, sleep=lambda seconds: None)
    ledger = Ledger(client("dynamodb"), TABLE)
    control_plane = in_turn(client("lambda"), Budget(Lines(ledger), 200))
    found = Tools()
    found.__dict__ |= {
        "ledger": ledger,
        "registrations": Registrations(client("ssm")),
        "ways_in": WaysIn(control_plane),
        "versions": Versions(control_plane, pace),
        "uses": Uses(control_plane, client("cloudwatch"), pace),
        "apis": Apis(client("apigateway"), client("apigatewayv2"), pace),
    }
    return found


@pytest.fixture
def role(account: Any, deployer: Any) -> Any:
    """Clients that may do what the role of `greenshift-prune` may."""
    of = deployer.one("AWS::Lambda::Function", FunctionName="greenshift-prune")["Properties"]
    statements = list(deployer.statements_of(of["Role"]["Fn::GetAtt"][0]))
    return account.user(*resolved(account, deployer, statements))


@pytest.fixture
def function(account: Any) -> str:
    """A service's function with two versions of which `live` has the second, and an HTTP API."""
    name = account.function(Tags={"greenshift:service": "shop"})
    lab = account.lab
    key = {"KeyType": "HASH", "AttributeName": "pk"}, {"KeyType": "RANGE", "AttributeName": "sk"}
    lab["dynamodb"].create_table(
        TableName=TABLE,
        KeySchema=key,
        AttributeDefinitions=[
            {"AttributeName": each["AttributeName"], "AttributeType": "S"} for each in key
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    functions = {"api": {"name": name, "kind": "entry"}}
    document = {"format": 1, "service": "shop", "functions": functions, "keepVersions": 2}
    lab["ssm"].put_parameter(
        Name="/greenshift/services/shop", Value=json.dumps(document), Type="String"
    )
    ledger = Ledger(lab["dynamodb"], TABLE)
    facts = {"release": "1.0.0", "deployment": None, "outcome": "Released"}
    Journal(ledger, Claims(ledger)).note_release("shop", DIGEST, facts)
    for number in range(3):
        lab["lambda"].update_function_configuration(FunctionName=name, Description=str(number))
        mark = marker("shop", "1.0.0", DIGEST, "0123456789ab")
        lab["lambda"].publish_version(FunctionName=name, Description=mark)
    lab["lambda"].update_alias(FunctionName=name, Name="live", FunctionVersion="4")
    api = lab["apigatewayv2"].create_api(Name=name, ProtocolType="HTTP")["ApiId"]
    lab["apigatewayv2"].create_stage(ApiId=api, StageName="$default")
    lab["apigateway"].create_rest_api(name=name)
    return name


def test_the_role_of_the_prune_may_all_that_a_prune_does(
    account: Any, role: Any, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune, "tools", tools_of(role))
    first = prune.prune_one("shop", dry_run=False)
    assert (first["refused"], first["waits"], first["failed"]) == (None, 1, 0), first
    monkeypatch.setattr("handlers.domain.pruning.outcome.ASYNCHRONOUS", 0)
    second = prune.prune_all()
    assert (second["deleted"], second["failed"]) == (1, []), second
    left = account.lab["lambda"].list_versions_by_function(FunctionName=function)["Versions"]
    assert [each["Version"] for each in left] == ["$LATEST", "1", "3", "4"]
    for request in ({}, {"Qualifier": "$LATEST"}):
        delete = partial(role("lambda").delete_function, FunctionName=function)
        with pytest.raises(ClientError, match="AccessDenied|InvalidParameterValue"):
            delete(**request)
