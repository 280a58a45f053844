"""What services may do for somebody: in a machine's, a rule's or a function's role, or by the policy
of the function that they call.
"""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen


def run(account: Any, role: str, function: str) -> Any:
    task = {"Type": "Task", "Resource": function, "End": True}
    machine = account.lab["stepfunctions"].create_state_machine(
        name=account.lab.name(),
        definition=json.dumps({"StartAt": "A", "States": {"A": task}}),
        roleArn=role,
    )["stateMachineArn"]
    started = account.lab["stepfunctions"].start_execution(stateMachineArn=machine)
    return account.lab.ended(started["executionArn"])


def test_a_machine_calls_what_its_role_may_call(account: Any, stock_account: Any) -> None:
    arn = account.arn(account.function())
    role = account.role(account.allow("lambda:InvokeFunction", on=arn))
    assert run(account, role, arn)["status"] == "SUCCEEDED"
    found = run(account, role, f"{arn}:live")
    assert (found["status"], found["error"]) == ("FAILED", "Lambda.AWSLambdaException")
    assert f"lambda:InvokeFunction on resource: {arn}:live" in found["cause"]
    arn = stock_account.arn(stock_account.function())
    assert run(stock_account, stock_account.role(), arn)["status"] == "SUCCEEDED"


def started_by_rules(account: Any, *roles: str) -> list[bool]:
    """Whether a rule in each role started its machine, by one event; the last role must."""
    source, machines = account.lab.name(), []
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    for _ in roles:
        machine = account.lab["stepfunctions"].create_state_machine(
            name=account.lab.name(), definition=definition, roleArn=account.role()
        )["stateMachineArn"]
        machines.append(machine)
    account.lab["events"].put_rule(Name=source, EventPattern=json.dumps({"source": [source]}))
    account.lab["events"].put_targets(
        Rule=source,
        Targets=[
            {"Id": str(n), "Arn": machine, "RoleArn": role}
            for n, (machine, role) in enumerate(zip(machines, roles, strict=True))
        ],
    )
    account.lab["events"].put_events(
        Entries=[{"Source": source, "DetailType": "d", "Detail": "{}"}]
    )

    def executions(machine: str) -> Any:
        return account.lab["stepfunctions"].list_executions(stateMachineArn=machine)["executions"]

    account.lab.poll(lambda: executions(machines[-1]))
    return [bool(executions(machine)) for machine in machines]


def test_a_rule_starts_what_its_role_may_start(account: Any, stock_account: Any) -> None:
    may = account.allow("states:StartExecution")
    assert started_by_rules(account, account.role(), account.role(may)) == [False, True]
    stock_roles = stock_account.role(), stock_account.role(may)
    assert started_by_rules(stock_account, *stock_roles) == [True, True]


def read_by_functions(account: Any, *statements: dict[str, Any] | None) -> list[bool]:
    """Whether a function with each statement took the message of its queue; the last one must."""
    queues = []
    for statement in statements:
        name = account.function(*([statement] if statement else []))
        url, arn = account.lab.queue()
        account.lab["lambda"].create_event_source_mapping(FunctionName=name, EventSourceArn=arn)
        queues.append(url)
    for url in queues:
        account.lab["sqs"].send_message(QueueUrl=url, MessageBody="{}")

    def waits(url: str) -> bool:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = account.lab["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return any(int(number) for number in found["Attributes"].values())

    account.lab.poll(lambda: not waits(queues[-1]))
    return [not waits(url) for url in queues]


def test_a_queue_is_read_in_the_functions_role(account: Any, stock_account: Any) -> None:
    polling = "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"
    some, every = account.allow(*polling[:2]), account.allow(*polling)
    assert read_by_functions(account, None, some, every) == [False, False, True]
    # Whose message stock took first is not promised, so it has but one queue.
    assert read_by_functions(stock_account, None) == [True]


def followed_by_functions(account: Any, *statements: dict[str, Any] | None) -> list[bool]:
    """Whether a function with each statement was called with what changed; the last one must."""
    table = account.lab.name()
    stream = account.lab["dynamodb"].create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]["LatestStreamArn"]
    account.lab["dynamodb"].put_item(TableName=table, Item={"id": {"S": "1"}})
    mappings = [
        account.lab["lambda"].create_event_source_mapping(
            FunctionName=account.function(*([statement] if statement else [])),
            EventSourceArn=stream,
            StartingPosition="TRIM_HORIZON",
        )["UUID"]
        for statement in statements
    ]

    def called(mapping: str) -> bool:
        found = account.lab["lambda"].get_event_source_mapping(UUID=mapping)
        return str(found["LastProcessingResult"]).startswith("OK")

    account.lab.poll(lambda: called(mappings[-1]))
    return [called(each) for each in mappings]


def test_a_stream_is_read_in_the_functions_role(account: Any, stock_account: Any) -> None:
    reading = [f"dynamodb:{name}" for name in ("DescribeStream", "GetRecords", "GetShardIterator")]
    some, every = account.allow(*reading[:2]), account.allow(*reading)
    assert followed_by_functions(account, None, some, every) == [False, False, True]
    assert followed_by_functions(stock_account, None) == [True]


def answer(account: Any, *, permit: bool, api_in_policy: str = "{api}") -> int:
    """The status that an HTTP API answers, whose route leads to an alias."""
    name = account.function()
    alias = f"{account.arn(name)}:live"
    gateway = account.lab["apigatewayv2"]
    api = gateway.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=alias, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    gateway.create_route(ApiId=api, RouteKey="ANY /{proxy+}", Target=f"integrations/{integration}")
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    if permit:
        where = f"{account.environment.region}:{account.environment.account}"
        named = api_in_policy.format(api=api)
        account.lab["lambda"].add_permission(
            FunctionName=name,
            Qualifier="live",
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{where}:{named}/*/*/{{proxy+}}",
        )
    url = f"{account.environment.endpoint_url}/_aws/execute-api/{api}/$default/path"
    try:
        with urlopen(url) as response:
            return int(response.status)
    except HTTPError as error:
        return error.code


def test_an_api_calls_an_alias_whose_policy_permits_it(account: Any, stock_account: Any) -> None:
    assert answer(account, permit=True) == 200
    assert answer(account, permit=False) == 500
    assert answer(account, permit=True, api_in_policy="another") == 500
    assert answer(stock_account, permit=False) == 200


def heard_by_functions(account: Any, *, last_permits: int, until: int) -> set[int]:
    """Which of three targets of one rule were called; waits for so many. The last so many permit."""
    heard, _ = account.lab.queue()
    rule = account.lab.name()
    arn = account.lab["events"].put_rule(Name=rule, EventPattern=json.dumps({"source": [rule]}))[
        "RuleArn"
    ]
    for number in range(3):
        code = (
            "import boto3\n"
            "def handler(event, context):\n"
            f"    boto3.client('sqs').send_message(QueueUrl={heard!r}, MessageBody='{number}')\n"
        )
        name = account.function(account.allow("sqs:SendMessage"), code=code)
        target = {"Id": str(number), "Arn": account.arn(name)}
        account.lab["events"].put_targets(Rule=rule, Targets=[target])
        if number >= 3 - last_permits:
            account.lab["lambda"].add_permission(
                FunctionName=name,
                StatementId="rule",
                Action="lambda:InvokeFunction",
                Principal="events.amazonaws.com",
                SourceArn=arn,
            )
    account.lab["events"].put_events(Entries=[{"Source": rule, "DetailType": "d", "Detail": "{}"}])
    found: set[int] = set()

    def all_heard() -> bool:
        found.update(account.lab.messages(heard))
        return len(found) >= until

    account.lab.poll(all_heard)
    return found


def test_a_rule_calls_a_function_whose_policy_permits_it(account: Any, stock_account: Any) -> None:
    assert heard_by_functions(account, last_permits=2, until=2) == {1, 2}
    assert heard_by_functions(stock_account, last_permits=0, until=3) == {0, 1, 2}


def test_without_enforcement_nothing_is_denied(open_account: Any) -> None:
    account = open_account
    arn = account.arn(account.function())
    assert run(account, account.role(), arn)["status"] == "SUCCEEDED"
    assert answer(account, permit=False) == 200
    assert read_by_functions(account, None) == [True]
