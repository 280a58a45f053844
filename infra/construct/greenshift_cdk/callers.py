"""Where CloudFormation says which function is called, and what a wrong answer there means."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_RELEASES = "which Greenshift releases"
_FOLLOWS = "and would follow every upload at once"
_REFUSED = "and calls of its alias are refused all the same"


@dataclass(frozen=True, slots=True)
class Use:
    """What a resource does to the function that one of its properties names, and why it should do
    so to the alias instead.

    `path` leads to the property, `*` stands for each item of a list. Where there is a property
    `Qualifier` beside it, that one names the alias.
    """

    does: str
    path: tuple[str, ...]
    why: str = _FOLLOWS

    def values(self, properties: object) -> Iterator[object]:
        """What the property has, in a resource with these resolved properties."""
        if not (isinstance(properties, Mapping) and _get(properties, "Qualifier")):
            yield from _values(properties, self.path)


USES = {
    "AWS::Lambda::Version": Use("puts a version of", ("FunctionName",), _RELEASES),
    "AWS::Lambda::Alias": Use("puts an alias of", ("FunctionName",), _RELEASES),
    "AWS::Lambda::Permission": Use("puts a permission on", ("FunctionName",), _REFUSED),
    "AWS::Lambda::EventSourceMapping": Use("puts an event source on", ("FunctionName",)),
    "AWS::Lambda::Url": Use("puts a URL on", ("TargetFunctionArn",)),
    "AWS::ApiGateway::Method": Use("integrates a REST API with", ("Integration", "Uri")),
    "AWS::ApiGateway::Authorizer": Use("authorizes by", ("AuthorizerUri",)),
    "AWS::ApiGatewayV2::Api": Use("integrates an HTTP API with", ("Target",)),
    "AWS::ApiGatewayV2::Integration": Use("integrates an API with", ("IntegrationUri",)),
    "AWS::ApiGatewayV2::Authorizer": Use("authorizes by", ("AuthorizerUri",)),
    "AWS::AppSync::DataSource": Use("resolves by", ("LambdaConfig", "LambdaFunctionArn")),
    "AWS::Events::Rule": Use("sends events to", ("Targets", "*", "Arn")),
    "AWS::Logs::SubscriptionFilter": Use("sends logs to", ("DestinationArn",)),
    "AWS::Pipes::Pipe": Use("pipes into", ("Target",)),
    "AWS::S3::Bucket": Use(
        "notifies", ("NotificationConfiguration", "LambdaConfigurations", "*", "Function")
    ),
    "AWS::Scheduler::Schedule": Use("schedules", ("Target", "Arn")),
    "AWS::SNS::Subscription": Use("subscribes", ("Endpoint",)),
    "AWS::SNS::Topic": Use("subscribes", ("Subscription", "*", "Endpoint")),
    "Custom::S3BucketNotifications": Use(
        "notifies",
        ("NotificationConfiguration", "LambdaFunctionConfigurations", "*", "LambdaFunctionArn"),
    ),
}
"""By the resource's type. `Custom::S3BucketNotifications` is what the CDK's `Bucket` makes."""


def _values(value: object, path: tuple[str, ...]) -> Iterator[object]:
    match value, path:
        case _, ():
            yield value
        case list(), ("*", *rest):
            for item in value:
                yield from _values(item, tuple(rest))
        case dict(), (name, *rest):
            if (found := _get(value, name)) is not None:
                yield from _values(found, tuple(rest))


def _get(properties: Mapping[str, Any], name: str) -> object:
    """A property by CloudFormation's name; the CDK's own classes write it with a small letter."""
    return properties.get(name, properties.get(name[0].lower() + name[1:]))
