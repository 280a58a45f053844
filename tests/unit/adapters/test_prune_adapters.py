"""What pruning may never ask Lambda for, and what it must not overlook in its answers."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.adapters.functions.pace import Pace
from handlers.adapters.pruning.apis import Apis
from handlers.adapters.pruning.uses import Uses
from handlers.adapters.pruning.versions import Versions
from handlers.domain.pruning.published import Published, Version

PACE = Pace(3, sleep=lambda seconds: None)
SEVEN = Version("orders-api", "7")


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "Any")


class Lambda:
    """Answers calls by their names, page by page, and keeps what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.asked = answers, []  # type: ignore[var-annotated]

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            self.asked.append((name, request))
            answer = self.answers[name]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def get_paginator(self, name: str) -> Any:
        class Pages:
            def paginate(inner, **request: Any) -> Iterator[Mapping[str, Any]]:
                yield from getattr(self, name)(**request)

        return Pages()


def deleting(answer: Any = None) -> Lambda:
    return Lambda(delete_function=answer or {})


def test_a_version_is_named_twice_when_it_is_deleted() -> None:
    client = deleting()
    assert Versions(client, PACE).delete(SEVEN)
    request = {"FunctionName": "orders-api:7", "Qualifier": "7"}
    assert client.asked == [("delete_function", request)]


@pytest.mark.parametrize(
    ("function", "number"),
    [
        ("orders-api", number)
        for number in ("", "$LATEST", "live", "0", "07", "7 ", "7\n", "-7", "7:8", "٣", "３")
    ]
    + [
        (function, "7")
        for function in ("", "orders-api:7", "arn:aws:lambda:r:0:function:f", "f\n", "a b")
    ],
)
def test_nothing_but_a_published_version_is_ever_asked_to_be_deleted(
    function: str, number: str
) -> None:
    client = deleting()
    with pytest.raises(ValueError, match="is not the"):
        Versions(client, PACE).delete(Version(function, number))
    assert client.asked == []


def test_a_version_that_an_alias_has_is_not_deleted_and_one_that_is_gone_is() -> None:
    assert not Versions(deleting(refused("ResourceConflictException")), PACE).delete(SEVEN)
    assert Versions(deleting(refused("ResourceNotFoundException")), PACE).delete(SEVEN)
    with pytest.raises(ClientError):
        Versions(deleting(refused("AccessDeniedException")), PACE).delete(SEVEN)


def test_an_alias_leads_to_a_version_also_by_a_share() -> None:
    shares = {"AdditionalVersionWeights": {"7": 0.0}}
    aliases = [
        {"Name": "live", "FunctionVersion": "8", "RoutingConfig": shares},
        {"Name": "preview", "FunctionVersion": "7"},
        {"Name": "other", "FunctionVersion": "17"},
    ]
    client = Lambda(list_aliases=[{"Aliases": aliases[:1]}, {"Aliases": aliases[1:]}])
    assert Versions(client, PACE).aliases_of(SEVEN) == ["live", "preview"]


def test_every_page_of_versions_is_read_and_a_function_that_is_gone_has_none() -> None:
    def listed(*numbers: str) -> dict[str, Any]:
        return {"Versions": [{"FunctionName": "f", "Version": each} for each in numbers]}

    client = Lambda(list_versions_by_function=[listed("$LATEST", "1"), listed("2")])
    versions, latest = Versions(client, PACE).of("f")
    assert [each.id.number for each in versions] == ["1", "2"]
    assert latest is not None
    gone = Lambda(list_versions_by_function=refused("ResourceNotFoundException"))
    assert Versions(gone, PACE).of("f") == ([], None)


def use(durable: bool = False, **answers: Any) -> str | None:
    client = Lambda(**{"get_policy": refused("ResourceNotFoundException"), **answers})
    return Uses(client, None, PACE).of(Published(id=SEVEN, durable=durable))


@pytest.mark.parametrize(
    ("principal", "who"),
    [
        ({"Service": "s3.amazonaws.com"}, "s3.amazonaws.com"),
        ({"AWS": "arn:aws:iam::1:root"}, "arn:aws:iam::1:root"),
        ("*", "*"),
        (None, "somebody"),
        ({}, "somebody"),
    ],
)
def test_whoever_a_versions_own_policy_lets_call_it_keeps_it(principal: Any, who: str) -> None:
    statement = {"Effect": "Allow", **({} if principal is None else {"Principal": principal})}
    policy = {"Policy": json.dumps({"Statement": [statement]})}
    assert use(get_policy=policy) == f"its own policy lets {who} call it"
    assert use(get_policy={"Policy": json.dumps({"Statement": []})}) is None
    with pytest.raises(ClientError):
        use(get_policy=refused("AccessDeniedException"))


@pytest.mark.parametrize("status", ["RUNNING", "PAUSED", "whatever Lambda adds"])
def test_a_durable_execution_that_has_not_ended_keeps_its_version(status: str) -> None:
    ended = [{"DurableExecutionName": "a", "Status": each} for each in ("SUCCEEDED", "TIMED_OUT")]
    pages = [{"DurableExecutions": ended}, {}]
    running = [*pages, {"DurableExecutions": [{"DurableExecutionName": "b", "Status": status}]}]
    why = "its durable execution b has not ended"
    assert use(durable=True, list_durable_executions_by_function=running) == why
    assert use(durable=True, list_durable_executions_by_function=pages) is None
    assert use(durable=False, list_durable_executions_by_function=running) is None


class Pages:
    """An API of API Gateway, whose `call` answers two pages."""

    def __init__(self, key: str, token: str, pages: Mapping[str, list[Any]]) -> None:
        self._key, self._token, self._pages = key, token, pages

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> dict[str, Any]:
            pages = self._pages.get(name, [[]])
            at = int(request.get(self._token, 0))
            more = {self._token: str(at + 1)} if at + 1 < len(pages) else {}
            return {self._key: pages[at], "item": pages[at], **more}

        return call


def test_every_page_of_both_api_gateways_is_read() -> None:
    def uri(number: int) -> str:
        return f"arn:aws:lambda:r:0:function:f:{number}"

    rest = Pages(
        "items",
        "position",
        {
            "get_rest_apis": [[{"id": "a"}], [{"id": "b", "name": "named"}]],
            "get_resources": [
                [{"resourceMethods": {"GET": {"methodIntegration": {"uri": uri(1)}}, "PUT": {}}}],
                [{"path": "/"}],
            ],
            "get_authorizers": [[{"authorizerUri": uri(2)}]],
            "get_stages": [
                [
                    {
                        "variables": {"v": "x"},
                        "canarySettings": {"stageVariableOverrides": {"v": uri(3)}},
                    }
                ]
            ],
        },
    )
    http = Pages(
        "Items",
        "NextToken",
        {
            "get_apis": [[{"ApiId": "c"}], [{"ApiId": "d"}]],
            "get_integrations": [[], [{"IntegrationUri": uri(4)}]],
            "get_authorizers": [[{"AuthorizerUri": uri(5)}]],
            "get_stages": [[{"StageName": "s"}], [{"StageVariables": {"v": uri(6)}}]],
        },
    )
    found = Apis(rest, http, PACE).named()
    assert sorted(each.number for each in found) == ["1", "2", "3", "4", "5", "6"]
    assert found[Version("f", "1")] == "the API named (b) calls it"


def test_the_versions_with_provisioned_concurrency_are_read_without_its_aliases() -> None:
    arn = "arn:aws:lambda:eu-west-1:000000000000:function:orders-api"
    configs = [{"FunctionArn": f"{arn}:{qualifier}"} for qualifier in ("7", "live", "12")]
    pages = [
        {"ProvisionedConcurrencyConfigs": configs[:1]},
        {"ProvisionedConcurrencyConfigs": configs[1:]},
    ]
    client = Lambda(list_provisioned_concurrency_configs=pages)
    found = Versions(client, PACE).warm("orders-api")
    assert found == {SEVEN, Version("orders-api", "12")}
    gone = Lambda(list_provisioned_concurrency_configs=refused("ResourceNotFoundException"))
    assert Versions(gone, PACE).warm("orders-api") == frozenset()


def test_provisioned_concurrency_that_is_gone_already_is_fine() -> None:
    client = Lambda(delete_provisioned_concurrency_config=refused("ResourceNotFoundException"))
    Versions(client, PACE).cool(SEVEN)
    request = {"FunctionName": "orders-api", "Qualifier": "7"}
    assert client.asked == [("delete_provisioned_concurrency_config", request)]
    with pytest.raises(ClientError):
        Versions(
            Lambda(delete_provisioned_concurrency_config=refused("TooManyRequestsException")), PACE
        ).cool(SEVEN)
