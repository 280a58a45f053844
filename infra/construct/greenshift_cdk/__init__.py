"""greenshift-cdk: puts an AWS Lambda service under Greenshift, from your own CDK app."""

from greenshift_cdk.database import PostgresDatabase
from greenshift_cdk.dynamo_database import DynamoDatabase
from greenshift_cdk.hook import Hook
from greenshift_cdk.managed_function import ManagedFunction
from greenshift_cdk.metric_pair import MetricPair
from greenshift_cdk.platform import Platform
from greenshift_cdk.preview import Preview
from greenshift_cdk.service import BlueGreenService

__all__ = [
    "BlueGreenService",
    "DynamoDatabase",
    "Hook",
    "ManagedFunction",
    "MetricPair",
    "Platform",
    "PostgresDatabase",
    "Preview",
]
