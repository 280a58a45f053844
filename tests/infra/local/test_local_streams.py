"""A function that is called with what changes in a table, when it fails."""

import json
from typing import Any

# Answers what it was called with when it is asked, in whichever environment; `FAIL` may end a call
# otherwise.
SEEN = """
from pathlib import Path
def handler(event, context):
    kept = Path("/tmp", context.function_name)
    seen = kept.read_text().split() if kept.exists() else []
    if "Records" not in event:
        return seen
    records = [each["dynamodb"] for each in event["Records"]]
    seen.append("".join(each["Keys"]["id"]["S"] for each in records))
    kept.write_text(" ".join(seen))
    FAIL
"""
NAMES_THE_SECOND = """if len(seen) == 1:
        return {"batchItemFailures": [{"itemIdentifier": records[1]["SequenceNumber"]}]}"""
RAISES_AT_2 = """if "2" in seen[-1]:
        raise RuntimeError("two")"""


def followed(lab: Any, fail: str, **settings: Any) -> str:
    """A function that is called with the three items of a new table, from the first one on."""
    table = str(lab.name())
    made = lab["dynamodb"].create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    for number in "123":
        lab["dynamodb"].put_item(TableName=table, Item={"id": {"S": number}})
    name = str(lab.function(SEEN.replace("FAIL", fail)))
    lab["lambda"].create_event_source_mapping(
        FunctionName=name,
        EventSourceArn=made["LatestStreamArn"],
        StartingPosition="TRIM_HORIZON",
        **settings,
    )
    return name


def seen(lab: Any, name: str, calls: int) -> list[str]:
    """What it was called with, once it was called so often."""

    def look() -> Any:
        found = lab.invoke(name)["Payload"]
        return found if len(found) >= calls else None

    return list(lab.poll(look))


def test_what_comes_before_the_first_failure_is_done(corrected: Any, stock: Any) -> None:
    reporting = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
    assert seen(corrected, followed(corrected, NAMES_THE_SECOND, **reporting), 2) == ["123", "23"]
    name = followed(stock, NAMES_THE_SECOND, **reporting)

    def done() -> bool:
        (found,) = stock["lambda"].list_event_source_mappings(FunctionName=name)[
            "EventSourceMappings"
        ]
        return str(found["LastProcessingResult"]).startswith("OK")

    stock.poll(done)
    assert seen(stock, name, 1) == ["123"]


def test_a_record_that_always_fails_is_told_apart_and_put_aside(corrected: Any, stock: Any) -> None:
    def settings(queue: str) -> dict[str, Any]:
        return {
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": 1,
            "DestinationConfig": {"OnFailure": {"Destination": queue}},
        }

    url, queue = corrected.queue()
    name = followed(corrected, RAISES_AT_2, **settings(queue))
    (aside,) = corrected.poll(lambda: corrected.messages(url))
    assert aside["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert aside["DDBStreamBatchInfo"]["batchSize"] == 1
    assert seen(corrected, name, 5) == ["123", "1", "23", "2", "2", "3"]

    _, queue = stock.queue()
    name = followed(stock, RAISES_AT_2, **settings(queue))
    assert seen(stock, name, 2)[:2] == ["123", "123"]


TABLE = {
    "TableName": {"Ref": "AWS::StackName"},
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
STREAM = {"StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"}}


def test_a_stack_turns_the_stream_of_a_table_on_and_keeps_its_items(corrected: Any) -> None:
    lab, name = corrected, str(corrected.name())
    table = {"Type": "AWS::DynamoDB::Table"}

    def template(properties: dict[str, Any], **outputs: Any) -> str:
        resources = {"Table": {**table, "Properties": properties}}
        return json.dumps({"Resources": resources, "Outputs": outputs})

    def completed() -> Any:
        (found,) = lab["cloudformation"].describe_stacks(StackName=name)["Stacks"]
        return found if found["StackStatus"].endswith("_COMPLETE") else None

    lab["cloudformation"].create_stack(StackName=name, TemplateBody=template(TABLE))
    lab.poll(completed)
    lab["dynamodb"].put_item(TableName=name, Item={"id": {"S": "1"}})
    arn = {"Value": {"Fn::GetAtt": ["Table", "StreamArn"]}}
    after = template({**TABLE, **STREAM}, Arn=arn)
    lab["cloudformation"].update_stack(StackName=name, TemplateBody=after)
    (output,) = lab.poll(lambda: (completed() or {}).get("Outputs"))
    described = lab["dynamodb"].describe_table(TableName=name)["Table"]
    assert output["OutputValue"] == described["LatestStreamArn"]
    assert lab["dynamodb"].scan(TableName=name)["Count"] == 1
