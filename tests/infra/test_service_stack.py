"""The template of a stack that has a BlueGreenService in it."""

import json
from typing import Any

import pytest

from handlers.domain.registration.registration import read_registration


def filled(value: Any) -> str:
    """A string of a template, with a mark where the deploy puts a value."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator.join(filled(part) for part in parts))
    return "arn:aws:it:is:known:at-deploy" if "Ref" in value else "https://known.at/deploy"


def live(template: Any, function: str) -> Any:
    """How the template refers to the name `live` of a function."""
    reference = {"Ref": template.id_of("AWS::Lambda::Function", FunctionName=function)}
    owner = template.id_of("Custom::GreenshiftLiveAlias", FunctionName=reference)
    return {"Fn::GetAtt": [owner, "AliasName"]}


def machine_alias(template: Any) -> Any:
    return {"Fn::GetAtt": [template.id_of("AWS::StepFunctions::StateMachineAlias"), "Arn"]}


def test_cloudformation_can_move_no_alias_of_the_services_functions(shop: Any, plain: Any) -> None:
    for template in (shop, plain):
        assert not template.of("AWS::Lambda::Alias")
    assert not plain.of("AWS::Lambda::Version")
    # The migrator is no function of the service: it is called by its version, like a phase.
    migrator = shop.id_of("AWS::Lambda::Function", FunctionName="greenshift-migrator-shop")
    published = [v["Properties"]["FunctionName"] for v in shop.of("AWS::Lambda::Version").values()]
    assert published == [{"Ref": migrator}]


@pytest.mark.parametrize("function", ["shop-api", "shop-worker"])
def test_live_is_made_by_the_deployers_function_in_three_minutes_at_most(
    shop: Any, function: str
) -> None:
    reference = {"Ref": shop.id_of("AWS::Lambda::Function", FunctionName=function)}
    found = shop.one("Custom::GreenshiftLiveAlias", FunctionName=reference)["Properties"]
    token = shop.body["Parameters"][found["ServiceToken"]["Ref"]]
    assert token["Default"] == "/greenshift/deployer/own-alias"
    assert (found["AliasName"], found["Service"]) == ("live", "shop")
    assert found["ServiceTimeout"] == "180"


@pytest.mark.parametrize("function", ["shop-api", "shop-worker"])
def test_a_registered_function_is_tagged_and_outlives_the_stack(shop: Any, function: str) -> None:
    found = shop.one("AWS::Lambda::Function", FunctionName=function)
    assert {"Key": "greenshift:service", "Value": "shop"} in found["Properties"]["Tags"]
    assert found["DeletionPolicy"] == "RetainExceptOnCreate"
    assert found["UpdateReplacePolicy"] == "Retain"


def test_nothing_but_registered_functions_carries_the_tag(shop: Any) -> None:
    tagged = [
        resource["Properties"].get("FunctionName")
        for resource in shop.body["Resources"].values()
        if "greenshift:service" in json.dumps(resource["Properties"].get("Tags", []))
    ]
    assert sorted(tagged) == ["shop-api", "shop-worker"]


def test_api_and_queue_call_live_and_are_made_after_it(shop: Any) -> None:
    integration = shop.one("AWS::ApiGatewayV2::Integration")["Properties"]["IntegrationUri"]
    assert integration["Fn::Join"][1][-1] == live(shop, "shop-api")
    permission = shop.one("AWS::Lambda::Permission")["Properties"]
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["FunctionName"]["Fn::Join"][1][-1] == live(shop, "shop-api")
    mapping = shop.one("AWS::Lambda::EventSourceMapping")["Properties"]["FunctionName"]
    assert mapping["Fn::Join"][1][-1] == live(shop, "shop-worker")


def test_the_registration_is_what_the_handlers_read(shop: Any) -> None:
    parameter = shop.one("AWS::SSM::Parameter", Name="/greenshift/services/shop")["Properties"]
    assert parameter["Tier"] == "Advanced"
    text = filled(parameter["Value"])
    registration, findings = read_registration(text, "shop")
    assert findings == []
    assert registration is not None
    assert {key: (f.name, f.kind) for key, f in registration.functions.items()} == {
        "api": ("shop-api", "entry"),
        "worker": ("shop-worker", "consumer"),
    }
    assert registration.rollback_window_hours == 36
    assert registration.environment_keys == ("FEATURE_CHANNEL",)
    assert registration.database is not None
    assert registration.database.role == "shop_app"
    assert set(json.loads(text)) == {
        "format", "service", "alias", "functions", "api", "database", "together", "bake",
        "rollbackWindowHours", "keepVersions", "environmentKeys", "alarms", "hooks", "concurrency",
        "syntheticPerMinute",
    }  # fmt: skip


def test_a_plain_registration_has_the_defaults(plain: Any) -> None:
    parameter = plain.one("AWS::SSM::Parameter", Name="/greenshift/services/plain")["Properties"]
    assert json.loads(parameter["Value"]) == {
        "format": 1,
        "service": "plain",
        "alias": "live",
        "functions": {"only": {"name": "plain-only", "kind": "entry"}},
        "together": "weighted",
        "concurrency": "queue",
        "bake": {},
        "rollbackWindowHours": 24,
        "keepVersions": 10,
        "environmentKeys": [],
        "alarms": [],
        "hooks": {},
        "syntheticPerMinute": 0,
    }
    assert read_registration(parameter["Value"], "plain")[1] == []


def test_the_machine_is_the_one_definition_with_every_placeholder_filled(shop: Any) -> None:
    machine = shop.one("AWS::StepFunctions::StateMachine")["Properties"]
    assert machine["StateMachineName"] == "greenshift-shop"
    filled_in = machine["DefinitionSubstitutions"]
    text = machine["DefinitionString"]
    for name in filled_in:
        assert f"${{{name}}}" in text
        text = text.replace(f"${{{name}}}", "")
    assert "${" not in text
    assert filled_in.pop("Service") == "shop"
    migrator = filled_in.pop("MigrateSchemaArn")["Ref"]
    assert shop.body["Resources"][migrator]["Type"] == "AWS::Lambda::Version"
    read = {name: shop.body["Parameters"][value["Ref"]] for name, value in filled_in.items()}
    assert {name: parameter["Default"].rsplit("/", 1)[1] for name, parameter in read.items()} == {
        "PlanArn": "plan",
        "ProvisionGreenArn": "provision-green",
        "VerifyGreenArn": "verify-green",
        "ShiftTrafficArn": "shift-traffic",
        "BakeArn": "bake",
        "RunHooksArn": "run-hooks",
        "FinalizeArn": "finalize",
        "RollBackArn": "roll-back",
    }
    assert {p["Type"] for p in read.values()} == {"AWS::SSM::Parameter::Value<String>"}


def test_without_a_database_the_machine_calls_the_shared_phase(plain: Any) -> None:
    machine = plain.one("AWS::StepFunctions::StateMachine")["Properties"]
    parameter = machine["DefinitionSubstitutions"]["MigrateSchemaArn"]["Ref"]
    default = plain.body["Parameters"][parameter]["Default"]
    assert default == "/greenshift/deployer/phases/migrate-schema"
    assert len(plain.of("AWS::Lambda::Function")) == 1


def test_the_machine_has_retained_versions_and_live_on_the_newest(shop: Any) -> None:
    version = shop.one("AWS::StepFunctions::StateMachineVersion")
    assert version["DeletionPolicy"] == version["UpdateReplacePolicy"] == "Retain"
    machine = shop.id_of("AWS::StepFunctions::StateMachine")
    assert version["Properties"]["StateMachineRevisionId"] == {
        "Fn::GetAtt": [machine, "StateMachineRevisionId"]
    }
    alias = shop.one("AWS::StepFunctions::StateMachineAlias", Name="live")["Properties"]
    (route,) = alias["RoutingConfiguration"]
    newest = shop.id_of("AWS::StepFunctions::StateMachineVersion")
    assert route == {"StateMachineVersionArn": {"Fn::GetAtt": [newest, "Arn"]}, "Weight": 100}


def test_the_machine_logs_errors_with_their_data_for_three_months(shop: Any) -> None:
    machine = shop.one("AWS::StepFunctions::StateMachine")["Properties"]
    assert machine["LoggingConfiguration"]["Level"] == "ERROR"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is True
    group = shop.one("AWS::Logs::LogGroup", LogGroupName="/aws/vendedlogs/states/greenshift-shop")
    assert group["Properties"]["RetentionInDays"] == 90


def test_tracing_follows_the_property(shop: Any, plain: Any) -> None:
    kind = "AWS::StepFunctions::StateMachine"
    assert shop.one(kind)["Properties"]["TracingConfiguration"] == {"Enabled": True}
    tracing = plain.one(kind)["Properties"].get("TracingConfiguration", {"Enabled": False})
    assert tracing == {"Enabled": False}


def test_the_machine_invokes_its_phases_in_all_versions_and_nothing_else(shop: Any) -> None:
    role = shop.one("AWS::StepFunctions::StateMachine")["Properties"]["RoleArn"]["Fn::GetAtt"][0]
    (invoke,) = [s for s in shop.statements_of(role) if s["Action"] == "lambda:InvokeFunction"]
    migrator = shop.id_of("AWS::Lambda::Function", FunctionName="greenshift-migrator-shop")
    resources = json.dumps(invoke["Resource"])
    assert {"Fn::GetAtt": [migrator, "Arn"]} in invoke["Resource"]
    before = ("plan", "provision-green", "verify-green", "run-hooks")
    for phase in (*before, "shift-traffic", "bake", "finalize", "roll-back"):
        assert f':function:greenshift-{phase}"' in resources
        assert f':function:greenshift-{phase}:*"' in resources
    assert "greenshift-migrate-schema" not in resources
    assert len(invoke["Resource"]) == 2 * 9


def test_every_trigger_starts_the_machines_alias(shop: Any, plain: Any) -> None:
    for template in (shop, plain):
        (target,) = template.one("AWS::Events::Rule")["Properties"]["Targets"]
        assert target["Arn"] == machine_alias(template)
    assert shop.one("AWS::Scheduler::Schedule")["Properties"]["Target"]["Arn"] == machine_alias(
        shop
    )
    # Nobody may start anything else: roles name the alias alone.
    for template in (shop, plain):
        for policy in template.of("AWS::IAM::Policy").values():
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                if "states:StartExecution" in statement["Action"]:
                    assert statement["Resource"] == machine_alias(template)


def test_a_bundle_of_this_service_starts_the_machine_with_the_whole_detail(shop: Any) -> None:
    rule = shop.one("AWS::Events::Rule")["Properties"]
    pattern = rule["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.s3"], ["Object Created"])
    assert pattern["detail"]["object"]["key"] == [{"wildcard": "releases/shop/*.zip"}]
    (bucket,) = pattern["detail"]["bucket"]["name"]
    assert shop.body["Parameters"][bucket["Ref"]]["Default"] == "/greenshift/deployer/bucket"
    (target,) = rule["Targets"]
    assert target["InputPath"] == "$.detail"
    assert "InputTransformer" not in target


def test_what_cannot_start_lies_in_the_dead_letter_queue(shop: Any) -> None:
    name = "greenshift-shop-undelivered"
    queue = {"Fn::GetAtt": [shop.id_of("AWS::SQS::Queue", QueueName=name), "Arn"]}
    (target,) = shop.one("AWS::Events::Rule")["Properties"]["Targets"]
    assert target["DeadLetterConfig"] == {"Arn": queue}
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
    schedule = shop.one("AWS::Scheduler::Schedule")["Properties"]["Target"]
    assert schedule["DeadLetterConfig"] == {"Arn": queue}
    scheduler = schedule["RoleArn"]["Fn::GetAtt"][0]
    assert any(
        "sqs:SendMessage" in s["Action"] and s["Resource"] == queue
        for s in shop.statements_of(scheduler)
    )
    policy = shop.one("AWS::SQS::QueuePolicy")["Properties"]["PolicyDocument"]["Statement"]
    rule = {"Fn::GetAtt": [shop.id_of("AWS::Events::Rule"), "Arn"]}
    assert any(
        s["Effect"] == "Allow" and s["Condition"] == {"ArnEquals": {"aws:SourceArn": rule}}
        for s in policy
    )


def test_the_schedule_releases_latest_at_its_minute_in_its_time_zone(shop: Any) -> None:
    schedule = shop.one("AWS::Scheduler::Schedule")["Properties"]
    assert schedule["ScheduleExpression"] == "cron(30 7 * * ? *)"
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Target"]["Input"] == '{"release": "latest", "by": "schedule"}'


def test_the_migrator_reads_its_bundles_and_its_secret_and_nothing_else(shop: Any) -> None:
    migrator = shop.one("AWS::Lambda::Function", FunctionName="greenshift-migrator-shop")
    found = migrator["Properties"]
    assert found["Handler"] == "handlers.migrate_schema.handler"
    assert (found["Timeout"], found["MemorySize"]) == (840, 512)
    code = {part: shop.body["Parameters"][ref["Ref"]] for part, ref in found["Code"].items()}
    assert code["S3Bucket"]["Default"] == "/greenshift/deployer/code/bucket"
    assert code["S3Key"]["Default"] == "/greenshift/deployer/code/key"
    assert {"GREENSHIFT_SERVICE", "GREENSHIFT_BUCKET", "GREENSHIFT_DATABASE_SECRET"} <= set(
        found["Environment"]["Variables"]
    )
    actions = {
        action
        for statement in shop.statements_of(found["Role"]["Fn::GetAtt"][0])
        for action in statement["Action"]
    }
    assert actions == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }


def test_new_code_of_the_deployer_becomes_a_new_kept_version_of_the_migrator(shop: Any) -> None:
    version = shop.one("AWS::Lambda::Version")
    assert version["DeletionPolicy"] == version["UpdateReplacePolicy"] == "Retain"
    prefix, key = version["Properties"]["Description"]["Fn::Join"][1]
    assert prefix == "code "
    assert shop.body["Parameters"][key["Ref"]]["Default"] == "/greenshift/deployer/code/key"
