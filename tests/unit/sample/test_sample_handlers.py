"""What the functions of `orders` answer, with the database and the queue faked."""

import json

import pytest

ID = "6f1c1a52-6f55-4f0e-9b6c-0d9a51f3a001"
SYNTHETIC = {"x-greenshift-synthetic": "a check"}


def http(method, path, body=None, headers=None):
    event = {
        "rawPath": path,
        "headers": headers or {},
        "requestContext": {"http": {"method": method}},
        "isBase64Encoded": False,
    }
    return event if body is None else {**event, "body": body}


@pytest.fixture
def api(release, monkeypatch):
    """An API of a version whose statements answer `rows` and are noted, as are its messages."""

    def make(version, rows=()):
        function = release("api", version)
        function.ran, function.sent = [], []

        def run(name, *values):
            function.ran.append((name, values))
            return list(rows)

        monkeypatch.setattr(function["database"], "run", run)
        monkeypatch.setattr(function["messages"], "send", function.sent.append)
        return function

    return make


def body(answer):
    return json.loads(answer["body"])


def test_an_order_is_stored_announced_and_answered(api):
    function = api("1.0.0")
    answer = function(http("POST", "/orders", '{"sku": "mug-2", "quantity": 3}'))
    order = body(answer)
    assert answer["statusCode"] == 201
    assert order == {"id": order["id"], "sku": "mug-2", "quantity": 3, "state": "pending"}
    assert answer["headers"]["x-orders-release"] == "1.0.0"
    assert answer["headers"]["x-orders-version"] == "7"
    assert function.ran == [("place_order", (order["id"], "mug-2", 3, False))]
    assert function.sent == [{"order": order["id"], "synthetic": False}]


def test_an_order_of_a_check_is_marked(api):
    function = api("1.0.0")
    function(http("POST", "/orders", '{"sku": "mug-2", "quantity": 3}', SYNTHETIC))
    assert function.ran[0][1][3] is True
    assert function.sent[0]["synthetic"] is True


@pytest.mark.parametrize(
    "wish",
    ["", "no json", "[]", "{}", '{"sku": "mug"}', '{"sku": "", "quantity": 1}',
     '{"sku": "mug", "quantity": 0}', '{"sku": "mug", "quantity": true}', '{"sku": "mug", "quantity": 1.5}'],
)  # fmt: skip
def test_what_is_no_order_is_refused_and_nothing_is_stored(api, wish):
    function = api("1.0.0")
    assert function(http("POST", "/orders", wish))["statusCode"] == 400
    assert function.ran == function.sent == []


@pytest.mark.parametrize("key", [ID, "not-an-id", ""])
def test_an_order_that_nobody_placed_is_not_found(api, key):
    assert api("1.0.0")(http("GET", f"/orders/{key}"))["statusCode"] == 404


def test_an_unknown_route_is_not_found(api):
    assert api("1.0.0")(http("DELETE", "/orders"))["statusCode"] == 404


def test_a_database_that_is_down_is_answered_as_500_and_counted_as_a_failure(
    api, monkeypatch, capsys
):
    function = api("1.0.0")

    def down(*_):
        raise OSError("no route to the database")

    monkeypatch.setattr(function["database"], "run", down)
    assert function(http("GET", f"/orders/{ID}"))["statusCode"] == 500
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["AnsweredFailures"] for line in lines if "AnsweredFailures" in line] == [1]


@pytest.mark.parametrize(("flag", "shown"), [("on", True), ("off", False)])
def test_1_1_0_shows_the_channel_where_the_feature_is_on(api, monkeypatch, flag, shown):
    monkeypatch.setenv("FEATURE_CHANNEL", flag)
    function = api("1.1.0", rows=[[ID, "mug-2", 3, "confirmed", None]])
    assert ("channel" in body(function(http("GET", f"/orders/{ID}")))) is shown


def test_1_1_0_stores_and_sends_the_channel_and_refuses_an_unknown_one(api):
    function = api("1.1.0")
    wish = {"sku": "mug-2", "quantity": 3, "channel": "app"}
    assert function(http("POST", "/orders", json.dumps(wish)))["statusCode"] == 201
    assert function.ran[0][1][4] == function.sent[0]["channel"] == "app"
    wish["channel"] = "pigeon"
    assert function(http("POST", "/orders", json.dumps(wish)))["statusCode"] == 400


def test_1_2_0_fails_for_gift_cards_and_for_nothing_else_that_is_sold(api, monkeypatch):
    from infra.sample.customer import CATALOGUE

    monkeypatch.setenv("FEATURE_CHANNEL", "on")
    function = api("1.2.0")
    status = {
        sku: function(http("POST", "/orders", json.dumps({"sku": sku, "quantity": 1})))[
            "statusCode"
        ]
        for sku in CATALOGUE
    }
    assert {sku for sku, code in status.items() if code == 500} == {"gift-25"}
    assert 0.08 < 1 / len(CATALOGUE) < 0.09


class TestWorker:
    @pytest.fixture
    def worker(self, release, monkeypatch):
        def make(version, known=(ID,)):
            function = release("worker", version)
            function.ran = []

            def run(name, *values):
                function.ran.append((name, values))
                return [[values[0]]] if values[0] in known else []

            monkeypatch.setattr(function["database"], "run", run)
            return function

        return make

    @staticmethod
    def batch(*bodies):
        return {"Records": [{"messageId": str(n), "body": body} for n, body in enumerate(bodies)]}

    @pytest.mark.parametrize("sender", ["1.0.0", "1.1.0"])
    @pytest.mark.parametrize("receiver", ["1.0.0", "1.1.0"])
    def test_every_release_understands_the_messages_of_every_other(self, worker, sender, receiver):
        message = {"order": ID, "synthetic": False}
        if sender == "1.1.0":
            message["channel"] = "app"
        function = worker(receiver)
        assert function(self.batch(json.dumps(message))) == {"batchItemFailures": []}
        wanted = {"1.0.0": (ID,), "1.1.0": (ID, "app" if sender == "1.1.0" else "web")}
        assert function.ran == [("confirm_order", wanted[receiver])]

    def test_only_the_messages_that_failed_come_again(self, worker):
        lost = json.dumps({"order": "unknown"})
        answer = worker("1.0.0")(self.batch(lost, json.dumps({"order": ID}), "no json"))
        assert [item["itemIdentifier"] for item in answer["batchItemFailures"]] == ["0", "2"]

    def test_a_check_may_name_an_order_that_nobody_placed(self, worker):
        message = json.dumps({"order": "unknown", "synthetic": True})
        assert worker("1.0.0")(self.batch(message)) == {"batchItemFailures": []}
