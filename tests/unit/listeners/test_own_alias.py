"""What becomes of `live` when CloudFormation creates, updates and deletes its resource."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.adapters.cloudformation import Answer, respond
from handlers.adapters.functions.alias_owner import AliasOwner
from handlers.adapters.functions.functions import Functions
from handlers.adapters.ledger.claims import Claim
from handlers.listeners import own_alias as listener
from handlers.listeners.own_alias import own_alias

SEED = "greenshift shop seed"


def refusal(code: str, operation: str = "Call") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "said AWS"}}, operation)


class Lambda:
    """One function, its versions and its aliases, as Lambda's API shows them."""

    def __init__(self) -> None:
        self.code = "a"
        self.versions: list[str] = []
        self.aliases: dict[str, dict[str, Any]] = {}
        self.states = ["Active"]
        self.lose_next_answer_of: str | None = None
        self.refuse: str | None = None

    def get_function(self, FunctionName: str, Qualifier: str = "") -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        configuration = {"State": state, "LastUpdateStatus": "Successful"}
        return {"Configuration": {"CodeSha256": self.code, **configuration}}

    def publish_version(
        self, FunctionName: str, CodeSha256: str, Description: str
    ) -> dict[str, str]:
        if not self.versions or self.versions[-1] != self.code:
            self.versions.append(self.code)
        self._lose("publish_version")
        return {"Version": str(len(self.versions))}

    def get_alias(self, FunctionName: str, Name: str) -> dict[str, Any]:
        if Name not in self.aliases:
            raise refusal("ResourceNotFoundException")
        return self.aliases[Name]

    def create_alias(
        self, FunctionName: str, Name: str, FunctionVersion: str, Description: str
    ) -> None:
        if self.refuse:
            raise refusal(self.refuse, "CreateAlias")
        if Name in self.aliases:
            raise refusal("ResourceConflictException")
        self.put(FunctionVersion, Description, name=Name)
        self._lose("create_alias")

    def delete_alias(self, FunctionName: str, Name: str) -> None:
        self.aliases.pop(Name, None)

    def put(
        self,
        version: str,
        description: str,
        weights: dict[str, float] | None = None,
        name: str = "live",
    ) -> None:
        self.aliases[name] = {
            "Name": name,
            "AliasArn": f"arn:aws:lambda:us-east-1:000000000000:function:shop-api:{name}",
            "FunctionVersion": version,
            "RoutingConfig": {"AdditionalVersionWeights": weights or {}},
            "RevisionId": "r1",
            "Description": description,
        }

    def _lose(self, call: str) -> None:
        if self.lose_next_answer_of == call:
            self.lose_next_answer_of = None
            raise ConnectionResetError(call)


class NoSleep:
    def __init__(self) -> None:
        self.slept = 0.0

    def __call__(self, seconds: float) -> None:
        self.slept += seconds


def event(kind: str, physical_id: str | None = None, **changes: Any) -> dict[str, Any]:
    properties = {"FunctionName": "shop-api", "AliasName": "live", "Service": "shop"}
    found = {
        "RequestType": kind,
        "RequestId": "request-1",
        "StackId": "stack-1",
        "LogicalResourceId": "Live",
        "ResponseURL": "https://nowhere.invalid/",
        "ResourceProperties": properties | changes,
    }
    if kind == "Update":
        found["OldResourceProperties"] = properties
    return found | ({"PhysicalResourceId": physical_id} if physical_id else {})


def ask(fake: Lambda, asked: dict[str, Any], *, claim: Claim | None = None) -> Answer:
    claims = SimpleNamespace(of=lambda service: claim)
    return own_alias(asked, AliasOwner(fake, Functions(fake, NoSleep())), claims)  # type: ignore[arg-type]


def claim(*, closed: bool) -> Claim:
    return Claim("shop", "shop-1.1.0-x", "arn:exec", 3, "2026-11-23T10:15:02Z", closed)


def test_create_publishes_a_seed_and_points_live_at_it() -> None:
    fake = Lambda()
    fake.states = ["Pending", "Pending", "Active"]
    answer = ask(fake, event("Create"))
    assert (answer.ok, answer.physical_id, answer.data) == (
        True,
        "shop-api:live",
        {"AliasName": "live"},
    )
    assert fake.aliases["live"]["FunctionVersion"] == "1"
    assert fake.aliases["live"]["Description"] == SEED


@pytest.mark.parametrize("lost", ["publish_version", "create_alias"])
def test_create_after_a_lost_answer_makes_nothing_twice(lost: str) -> None:
    fake = Lambda()
    fake.lose_next_answer_of = lost
    with pytest.raises(ConnectionResetError):
        ask(fake, event("Create"))
    answer = ask(fake, event("Create"))
    assert answer.physical_id == "shop-api:live"
    assert fake.versions == ["a"]
    assert fake.aliases["live"]["FunctionVersion"] == "1"


def test_create_repeated_after_an_upload_does_not_move_live() -> None:
    fake = Lambda()
    ask(fake, event("Create"))
    fake.code = "b"
    answer = ask(fake, event("Create"))
    assert answer.physical_id == "shop-api:live"
    assert fake.versions == ["a"]


def test_create_that_lost_a_race_answers_the_alias_of_the_winner() -> None:
    class Raced(Lambda):
        def create_alias(self, **arguments: Any) -> None:
            self.put("7", "by hand")
            super().create_alias(**arguments)

    answer = ask(Raced(), event("Create"))
    assert answer.physical_id == "shop-api:live:adopted"


def test_an_alias_that_exists_is_adopted_as_it_is_and_survives_the_resource() -> None:
    fake = Lambda()
    fake.put("12", "made by hand")
    before = dict(fake.aliases["live"])
    created = ask(fake, event("Create"))
    assert (created.ok, created.physical_id) == (True, "shop-api:live:adopted")
    assert created.data == {"AliasName": "live"}
    deleted = ask(fake, event("Delete", created.physical_id))
    assert deleted.ok
    assert fake.aliases["live"] == before
    assert fake.versions == []


@pytest.mark.parametrize(
    ("version", "weights", "says"),
    [
        ("7", {"8": 0.1}, "splits its traffic between 7 and 8"),
        ("$LATEST", {}, "points at $LATEST"),
    ],
)
def test_an_alias_that_is_not_whole_is_refused_and_left_alone(
    version: str, weights: dict[str, float], says: str
) -> None:
    fake = Lambda()
    fake.put(version, "made by hand", weights)
    created = ask(fake, event("Create"))
    assert not created.ok
    assert says in created.reason
    assert ask(fake, event("Delete", created.physical_id)).ok
    assert "live" in fake.aliases


def test_update_does_nothing_even_when_the_code_has_changed() -> None:
    fake = Lambda()
    fake.put("3", "greenshift shop t9 shop-1.2.0 step 2", {"4": 0.5})
    fake.code = "b"
    before = dict(fake.aliases["live"])
    answer = ask(fake, event("Update", "shop-api:live", Service="shop"))
    assert (answer.ok, answer.physical_id) == (True, "shop-api:live")
    assert answer.data == {"AliasName": "live"}
    assert (fake.aliases["live"], fake.versions) == (before, [])


def test_update_to_another_function_makes_live_there_under_a_new_id() -> None:
    fake = Lambda()
    answer = ask(fake, event("Update", "shop-api:live", FunctionName="shop-http"))
    assert answer.physical_id == "shop-http:live"
    assert "live" in fake.aliases


@pytest.mark.parametrize(
    ("held", "stays"), [(None, False), (claim(closed=True), False), (claim(closed=False), True)]
)
def test_delete_removes_live_only_when_nobody_deploys(held: Claim | None, stays: bool) -> None:
    fake = Lambda()
    ask(fake, event("Create"))
    answer = ask(fake, event("Delete", "shop-api:live"), claim=held)
    assert answer.ok
    assert ("live" in fake.aliases) is stays
    assert ("shop-1.1.0-x is deploying shop" in answer.reason) is stays
    assert ask(fake, event("Delete", "shop-api:live"), claim=held).ok


def test_aws_refusing_is_one_sentence_and_an_id_whose_deletion_does_nothing() -> None:
    fake = Lambda()
    fake.refuse = "AccessDeniedException"
    answer = ask(fake, event("Create"))
    assert not answer.ok
    assert "CreateAlias: AccessDeniedException: said AWS" in answer.reason
    fake.put("5", "made by hand")
    ask(fake, event("Delete", answer.physical_id))
    assert "live" in fake.aliases


def test_a_failed_update_keeps_the_id_that_the_resource_had() -> None:
    fake = Lambda()
    fake.refuse = "AccessDeniedException"
    answer = ask(fake, event("Update", "shop-api:live", FunctionName="shop-http"))
    assert (answer.ok, answer.physical_id) == (False, "shop-api:live")


PREVIEW = {"AliasName": "preview", "Beside": "live"}


def test_a_preview_begins_at_what_live_serves_and_not_at_what_was_uploaded_last() -> None:
    fake = Lambda()
    fake.put("3", "greenshift shop t9 shop-1.2.0 back")
    fake.code = "a bad green"
    answer = ask(fake, event("Create", **PREVIEW))
    assert (answer.ok, answer.physical_id) == (True, "shop-api:preview")
    assert answer.data == {"AliasName": "preview"}
    assert fake.aliases["preview"]["FunctionVersion"] == "3"
    assert fake.aliases["preview"]["Description"] == SEED
    assert fake.versions == []


def test_a_preview_that_greenshift_left_there_is_found_where_it_is() -> None:
    fake = Lambda()
    fake.put("3", SEED)
    fake.put("4", "greenshift shop t9 shop-1.2.0 preview", name="preview")
    answer = ask(fake, event("Create", **PREVIEW))
    assert (answer.ok, answer.physical_id) == (True, "shop-api:preview")
    assert fake.aliases["preview"]["FunctionVersion"] == "4"
    assert ask(fake, event("Delete", answer.physical_id)).ok
    assert set(fake.aliases) == {"live"}


@pytest.mark.parametrize("whose", ["made by hand", "greenshift shopping t1 x preview"])
def test_an_alias_preview_of_somebody_else_is_refused_and_left_alone(whose: str) -> None:
    fake = Lambda()
    fake.put("3", SEED)
    fake.put("1", whose, name="preview")
    answer = ask(fake, event("Create", **PREVIEW))
    assert not answer.ok
    assert "shop-api:preview exists, and Greenshift has not made it" in answer.reason
    assert ask(fake, event("Delete", answer.physical_id)).ok
    assert fake.aliases["preview"]["FunctionVersion"] == "1"


class Url:
    """A presigned URL on the loopback that answers the given codes, the last one for ever."""

    def __init__(self) -> None:
        self.codes = [200]
        self.received: list[dict[str, Any]] = []
        self.content_types: list[str | None] = []
        url = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                length = int(self.headers["Content-Length"])
                url.received.append(json.loads(self.rfile.read(length)))
                url.content_types.append(self.headers["Content-Type"])
                code = url.codes.pop(0) if len(url.codes) > 1 else url.codes[0]
                self.send_response(code)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/answer?signature=x"


@pytest.fixture
def url() -> Iterator[Url]:
    made = Url()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


ANSWER = Answer(ok=True, reason="it is", physical_id="shop-api:live", data={"AliasName": "live"})


def test_the_answer_is_put_at_the_url_without_a_content_type(url: Url) -> None:
    respond(event("Create") | {"ResponseURL": url.url}, ANSWER, sleep=NoSleep())
    assert url.received == [
        {
            "Status": "SUCCESS",
            "Reason": "it is",
            "PhysicalResourceId": "shop-api:live",
            "StackId": "stack-1",
            "RequestId": "request-1",
            "LogicalResourceId": "Live",
            "Data": {"AliasName": "live"},
        }
    ]
    assert url.content_types == [""]


def test_an_answer_is_tried_again_while_s3_fails_and_not_when_it_refuses(url: Url) -> None:
    url.codes = [503, 500, 200]
    respond(event("Create") | {"ResponseURL": url.url}, ANSWER, sleep=NoSleep())
    assert len(url.received) == 3
    url.codes = [403]
    with pytest.raises(OSError, match="403"):
        respond(event("Create") | {"ResponseURL": url.url}, ANSWER, sleep=NoSleep())
    assert len(url.received) == 4


def test_a_long_reason_still_fits_into_an_answer(url: Url) -> None:
    long = Answer(ok=False, reason="x" * 9000, physical_id="not-made-1")
    respond(event("Create") | {"ResponseURL": url.url}, long, sleep=NoSleep())
    assert url.received[0]["Status"] == "FAILED"
    assert len(json.dumps(url.received[0])) < 4096


@pytest.mark.parametrize(
    ("states", "says"),
    [
        (["Pending"], "did not get the function ready in time"),
        (["Failed"], "failed to become active"),
    ],
)
def test_the_handler_answers_before_its_own_time_is_over(
    states: list[str], says: str, url: Url, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = Lambda()
    fake.states = states
    monkeypatch.setattr(listener, "client", lambda service: fake)
    monkeypatch.setattr(listener, "Tools", lambda: SimpleNamespace(claims=None))
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 20_100)
    listener.handler(event("Create") | {"ResponseURL": url.url}, context)
    assert url.received[0]["Status"] == "FAILED"
    assert says in url.received[0]["Reason"]


def test_the_handler_answers_what_it_did_not_expect(
    url: Url, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(service: str) -> None:
        raise RuntimeError("no region")

    monkeypatch.setattr(listener, "client", broken)
    listener.handler(event("Create") | {"ResponseURL": url.url}, SimpleNamespace())
    assert url.received[0]["Reason"] == "RuntimeError: no region"
