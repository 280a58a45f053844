"""What outside tools say of the templates and of the definition."""

import subprocess
import sysconfig
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(sysconfig.get_path("scripts"))

# What cfn-lint says and why it may stand.
TOLERATED = (
    # CDK writes the dependency on a role beside the reference to it, in every stack of its own.
    "W3005 ",
    # The language allows it: https://states-language.net/spec.html#succeed-state
    "E3601 Additional properties are not allowed ('OutputPath' was unexpected) at 'States/",
)

# What cdk-nag finds: rule, where, and why it may stand. A line that finds nothing fails the test.
# A `*` stands for anything, a `%` for the star that the rule complains of.
ACKNOWLEDGED = (
    ("S1", "Greenshift/Artifacts/*",
     "who read or wrote a bundle is CloudTrail's to say; access logs would want a bucket more"),
    ("L1", "*",
     "Python 3.13 is what the handlers are tested with; a runtime is raised on purpose, not by a rule"),
    ("IAM5(Resource::arn:*:function:%)", "Greenshift/*/FunctionRole/*",
     "functions are named by services that come later; changes want the tag greenshift:service"),
    ("IAM5(Resource::arn:*:layer:%)", "Greenshift/ProvisionGreen/*",
     "a bundle may name any layer that the function's own stack could, also a public one; it is only read"),
    ("IAM5(Resource::<Artifacts*/releases/%)", "Greenshift/*/FunctionRole/*", "objects below a prefix"),
    ("IAM5(Resource::<Artifacts*/staging/%)", "Greenshift/ProvisionGreen/*", "objects below a prefix"),
    ("IAM5(Resource::arn:*:parameter/greenshift/services/%)", "Greenshift/Plan/*",
     "registrations of services that come later"),
    ("IAM5(Resource::arn:*:sqs:*", "Greenshift/Plan/*",
     "reads the attributes of the queues that feed a service's consumers, whatever their names"),
    ("IAM5(Resource::arn:*:sqs:*", "Greenshift/ShiftTraffic/*",
     "reads how full the dead-letter queues are of services that come later, not a message of them"),
    ("IAM5(Resource::arn:*:sqs:*", "Greenshift/Sweep/*", "as ShiftTraffic, after a way back"),
    ("IAM5(Resource::arn:*:log-group:%)", "Greenshift/Plan/*",
     "reads which subscriptions the logs of services that come later have, not a line of them"),
    ("IAM5(Resource::arn:*:execution:greenshift-%:%)", "Greenshift/*/FunctionRole/*",
     "executions of the machines of services that come later"),
    ("IAM5(Resource::arn:*:stateMachine:greenshift-%:live)", "Greenshift/Recovery/*",
     "starts the recovery of whichever service lost its execution"),
    ("IAM5(Resource::arn:*:stateMachine:greenshift-%:live)", "Greenshift/Contracts/SchedulerRole/*",
     "starts the contract of services that come later"),
    ("IAM5(Resource::arn:*:parameter/greenshift/services/%)", "Greenshift/Sweep/*",
     "lists the registrations of services that come later"),
    ("IAM5(Resource::arn:*:parameter/greenshift/services/%)", "Greenshift/Prune/*",
     "lists the registrations of services that come later"),
    ("IAM5(Resource::arn:*:function:%:%)", "Greenshift/Prune/*",
     "versions of functions that come later, with the tag greenshift:service, and never a function"),
    ("IAM5(Resource::arn:*:apigateway:*apis/%)", "Greenshift/Prune/*",
     "reads which versions the account's APIs call, whatever their names"),
    ("IAM5(Resource::arn:*:stateMachine:greenshift-%:live)", "Greenshift/Queues/*",
     "starts what waits for its turn, of whichever service"),
    ("IAM5(Resource::arn:*:stateMachine:greenshift-%:live)", "Greenshift/Sweep/*",
     "starts what the end of an execution should have started, of whichever service"),
    ("IAM5(Resource::arn:*:schedule/default/greenshift-contract.%)", "Greenshift/Contracts/*",
     "one schedule for each service that comes later"),
    ("IAM5(Resource::%)", "Greenshift/*/FunctionRole/*",
     "X-Ray, GetMetricData, ListEventSourceMappings, ListStreams and composite alarms know none"),
    ("IAM5(Resource::%)", "*/Service/Migrator/Role/*", "X-Ray knows no resources"),
    ("IAM5(Resource::%)", "*/Service/Machine/Machine/Role/*",
     "delivery of logs and X-Ray know no resources"),
    ("IAM5(Resource::arn:*:function:greenshift-*:%)", "*/Service/Machine/Machine/Role/*",
     "executions in flight call older versions of a phase"),
    ("IAM5(Resource::<ServiceMigratorFunction*.Arn>:%)", "Shop/Service/Machine/Machine/Role/*",
     "executions in flight call older versions of the migrator"),
    ("IAM5(Resource::arn:*/releases/shop/%)", "Shop/Service/Migrator/*", "objects below a prefix"),
    ("SF1", "*/Service/Machine/*",
     "the history and the ledger hold every event; each bake round as a log line would say less"),
    ("SF2", "Plain/Service/Machine/*", "this test's service turns tracing off"),
    ("SQS3", "*/Service/Undelivered/*", "it is the dead-letter queue"),
    ("SQS3", "Greenshift/Notify/Undelivered/*", "it is the dead-letter queue, of an event source mapping"),
    ("SQS?", "Shop/Queue/*", "the test's own queue"),
    ("APIG?", "Shop/Http/*", "the test's own API"),
    ("IAM5(Resource::arn:*:role/greenshift-preview/%)", "Greenshift/VerifyGreen/*",
     "the previews of services that come later"),
    ("IAM5(Resource::arn:*/$default/%/%)", "Tried/Service/Preview/Caller/*",
     "every route of one API"),
    ("IAM4(Policy::*AWSLambdaBasicExecutionRole)", "*/ServiceRole/*", "the test's own functions"),
)  # fmt: skip


_AS_WRITTEN = str.maketrans("[]*", "()%")


def test_cfn_lint_finds_nothing_in_any_template(aws: Any) -> None:
    paths = [template.path for template in aws.templates.values()]
    command = [str(SCRIPTS / "cfn-lint"), "--format", "parseable", "--regions", "eu-central-1"]
    ended = subprocess.run(
        [*command, "--template", *map(str, paths)], capture_output=True, text=True, check=False
    )
    assert ended.stderr == ""
    found = [":".join(line.split(":")[5:]) for line in ended.stdout.splitlines() if line.strip()]
    said = [line.replace(":", " ", 1) for line in found]
    assert [line for line in said if not line.startswith(TOLERATED)] == []


def test_statelint_finds_nothing_in_the_definition() -> None:
    path = ROOT / "statemachine/deployment.asl.json"
    ended = subprocess.run(
        [str(SCRIPTS / "statelint"), str(path)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout.strip(), ended.stderr.strip()) == (0, "", "")


def test_cdk_nag_finds_nothing_that_is_not_acknowledged_with_its_reason(aws: Any) -> None:
    assert [report["pluginName"] for report in aws.report["pluginReports"]] == ["AwsSolutions"]
    unused = set(ACKNOWLEDGED)
    unknown = []
    for violation in aws.report["pluginReports"][0]["violations"]:
        rule = violation["ruleName"].removeprefix("AwsSolutions-").translate(_AS_WRITTEN)
        for construct in violation["violatingConstructs"]:
            path = construct["constructPath"]
            known = {
                line
                for line in ACKNOWLEDGED
                if fnmatchcase(rule, line[0]) and fnmatchcase(path, line[1])
            }
            unused -= known
            if not known:
                unknown.append((violation["ruleName"], path))
    assert unknown == []
    assert {line[:2] for line in unused} == set()
