"""The database of a service, as the migrator reaches it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresDatabase:
    """PostgreSQL: the writer's endpoint, never a pooler.

    role: the database role that the service's own code runs as. secret: what the migrator logs in
    with (an RDS secret: username, password and, unless given here, host, port and dbname). Without
    a secret it logs in by IAM and needs host, name, user and resource_id (`cluster-…` or `db-…`).
    cluster_arn: an Aurora cluster that is reached through the RDS Data API, with secret and name,
    where the migrator is in no VPC; a statement in a transaction then gets 40 seconds.
    certificates: a layer with a file `certificates.pem`, such as RDS's global bundle (default: the
    system's authorities). gate: whether a migration that would break the live release is stopped or
    only told of (default: `enforce`); it needs the role's CREATEDB and membership in `role`. vpc,
    subnets and security_groups: where the migrator runs (default: in no VPC).
    """

    role: str
    secret: secretsmanager.ISecret | None = None
    host: str | None = None
    port: int | None = None
    name: str | None = None
    user: str | None = None
    resource_id: str | None = None
    cluster_arn: str | None = None
    certificates: lambda_.ILayerVersion | None = None
    gate: Literal["enforce", "report"] = "enforce"
    vpc: ec2.IVpc | None = None
    subnets: ec2.SubnetSelection | None = None
    security_groups: Sequence[ec2.ISecurityGroup] = ()

    def __post_init__(self) -> None:
        if self.cluster_arn is not None:
            self._judge_data_api()
            return
        by_iam = {"user": self.user, "resource_id": self.resource_id}
        if self.secret is not None:
            given = [word for word, value in by_iam.items() if value]
            if given:
                raise ValueError(
                    f"the database has a secret and also {' and '.join(given)}, which are for "
                    "logging in by IAM; give it one of both"
                )
            return
        needed = {"host": self.host, "name": self.name, **by_iam}
        missing = [word for word, value in needed.items() if not value]
        if missing:
            raise ValueError(
                f"the database has neither a secret nor {', '.join(missing)}; "
                "give it the secret, or all that logging in by IAM needs"
            )

    def _judge_data_api(self) -> None:
        needed = {"secret": self.secret, "name": self.name}
        missing = [word for word, value in needed.items() if not value]
        if missing:
            raise ValueError(
                f"the database has a cluster_arn but no {' and no '.join(missing)}; the Data API "
                "needs both"
            )
        connected = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "resource_id": self.resource_id,
            "certificates": self.certificates,
            "vpc": self.vpc,
            "subnets": self.subnets,
            "security_groups": self.security_groups,
        }
        given = [word for word, value in connected.items() if value]
        if given:
            raise ValueError(
                f"the database has a cluster_arn and also {' and '.join(given)}, which are for "
                "connecting to a server; give it one of both"
            )

    def registered(self) -> dict[str, object]:
        """The database as the registration shows it."""
        known = {
            "secretArn": self.secret.secret_arn if self.secret else None,
            "clusterArn": self.cluster_arn,
            "host": self.host,
            "port": self.port,
            "name": self.name,
            "user": self.user,
        }
        given = {key: value for key, value in known.items() if value is not None}
        return {"kind": "postgres", "role": self.role, "gate": self.gate, **given}

    def environment(self) -> dict[str, str]:
        """What the migrator's environment says of it."""
        known = {
            "SECRET": self.secret.secret_arn if self.secret else None,
            "CLUSTER": self.cluster_arn,
            "HOST": self.host,
            "PORT": str(self.port) if self.port else None,
            "NAME": self.name,
            "USER": self.user,
            "ROLE": self.role,
            "GATE": self.gate,
            "CA": "/opt/certificates.pem" if self.certificates else None,
        }
        return {f"GREENSHIFT_DATABASE_{key}": value for key, value in known.items() if value}
