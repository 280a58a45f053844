"""A small service on the emulator: functions with a `live` alias, a registration, and bundles to release."""

import io
import json
from collections.abc import Mapping
from typing import Any

from handlers.domain.bundle.pack import write_bundle

GOOD = """
def handler(event, context):
    return {"statusCode": 200, "body": '{"version": "%s", "ok": true}' % context.function_version}
"""
RAISES = """
def handler(event, context):
    raise RuntimeError("green is broken")
"""
HANGS = """
import time
def handler(event, context):
    time.sleep(60)
"""


def zipped(source: str) -> bytes:
    """A Lambda zip with one file, the same bytes for the same source."""
    buffer = io.BytesIO()
    write_bundle({"index.py": source.encode()}, buffer)
    return buffer.getvalue()


_clients: dict[str, tuple[Any, Any, Any]] = {}


def clients(environment: Any) -> tuple[Any, Any, Any]:
    """The clients of Lambda, S3 and SSM, made once: each costs a tenth of a second."""
    if environment.endpoint_url not in _clients:
        made = (environment.client("lambda"), environment.client("s3"), environment.client("ssm"))
        _clients[environment.endpoint_url] = made
    return _clients[environment.endpoint_url]


class Service:
    """One service of its own name, so that tests do not meet."""

    def __init__(self, environment: Any, name: str, kinds: Mapping[str, str] | None = None) -> None:
        self.name, self.kinds = name, dict(kinds or {"api": "entry"})
        self.lambda_, self.s3, self.ssm = clients(environment)
        self.bucket = "greenshift-artifacts"
        for key in self.kinds:
            self._create(key)
        self.register()

    def _create(self, key: str) -> None:
        self.lambda_.create_function(
            FunctionName=self.function(key),
            Runtime="python3.11",
            Handler="index.handler",
            Role="arn:aws:iam::000000000000:role/service",
            Code={"ZipFile": zipped("def handler(event, context):\n    return {'seed': True}\n")},
            Tags={"greenshift:service": self.name},
            Publish=True,
        )
        self.lambda_.create_alias(FunctionName=self.function(key), Name="live", FunctionVersion="1")

    def function(self, key: str) -> str:
        """Lambda's name of a function."""
        return f"{self.name}-{key}"

    def register(self, **changes: Any) -> None:
        """Writes the registration, as the service's stack would."""
        document = {
            "format": 1,
            "service": self.name,
            "alias": "live",
            "functions": {
                key: {"name": self.function(key), "kind": kind} for key, kind in self.kinds.items()
            },
            "together": "weighted",
            "bake": {"minStratumSeconds": 1},
            "rollbackWindowHours": 24,
            **changes,
        }
        self.ssm.put_parameter(
            Name=f"/greenshift/services/{self.name}",
            Value=json.dumps(document),
            Type="String",
            Overwrite=True,
        )

    def bundle(
        self,
        release: str,
        sources: Mapping[str, str] | None = None,
        *,
        extra: str = "",
        plan: str = "steps(100@0.001)",
        bake: str = 'inconclusive = "promote"',
        migrations: Mapping[str, str] | None = None,
        statements: Mapping[str, str] | None = None,
        others: Mapping[str, bytes] | None = None,
        warm: int = 0,
    ) -> bytes:
        """A bundle that releases each function's source, and has these migrations, statements and
        other files.
        """
        sources = sources or dict.fromkeys(self.kinds, GOOD + f"\n# {release}\n")
        toml = [f'format = 1\nservice = "{self.name}"\nrelease = "{release}"']
        toml += [
            f'[functions.{key}]\ncode = "functions/{key}.zip"\nwarm = {warm}' for key in sources
        ]
        toml += [extra, f'[shift]\nplan = "{plan}"\nminMinutes = 0']
        toml += [f"[bake]\nstratumSeconds = 1\nsettleSeconds = 1\n{bake}"]
        files = {f"functions/{key}.zip": zipped(source) for key, source in sources.items()}
        files |= {f"migrations/{name}": sql.encode() for name, sql in (migrations or {}).items()}
        named = (statements or {}).items()
        files |= {f"statements/{name}.sql": sql.encode() for name, sql in named}
        files |= others or {}
        buffer = io.BytesIO()
        write_bundle({"release.toml": "\n".join(toml).encode(), **files}, buffer)
        return buffer.getvalue()

    def upload(self, release: str, content: bytes | None = None, **details: Any) -> dict[str, Any]:
        """Uploads a bundle; answers the detail of the S3 event that says so."""
        key = f"releases/{self.name}/{release}.zip"
        body = content if content is not None else self.bundle(release, **details)
        put = self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return {
            "version": "0",
            "bucket": {"name": self.bucket},
            "object": {"key": key, "size": len(body), "version-id": put["VersionId"]},
            "requester": "000000000000",
        }

    def live(self) -> dict[str, dict[str, Any]]:
        """By function, what its alias serves: version and weights."""
        found = {}
        for key in self.kinds:
            alias = self.lambda_.get_alias(FunctionName=self.function(key), Name="live")
            weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
            found[key] = {"version": alias["FunctionVersion"], "weights": weights}
        return found

    def revisions(self) -> dict[str, str]:
        """By function, the revision of its alias: the same as long as nobody has written it."""
        return {
            key: self.lambda_.get_alias(FunctionName=self.function(key), Name="live")["RevisionId"]
            for key in self.kinds
        }

    def versions(self, key: str = "api") -> list[str]:
        """The numbers of the function's published versions."""
        found = self.lambda_.list_versions_by_function(FunctionName=self.function(key))["Versions"]
        return [each["Version"] for each in found if each["Version"] != "$LATEST"]

    def publish(self, key: str, source: str) -> str:
        """Publishes a version by hand; answers its number."""
        answer = self.lambda_.update_function_code(
            FunctionName=self.function(key), ZipFile=zipped(source), Publish=True
        )
        return str(answer["Version"])

    def point(self, key: str, version: str, **weights: float) -> None:
        """What a hand does to an alias in Lambda's console: `v4=0.25` gives version 4 a quarter.
        The description stays as it was.
        """
        shares = {name[1:]: weight for name, weight in weights.items()}
        self.lambda_.update_alias(
            FunctionName=self.function(key),
            Name="live",
            FunctionVersion=version,
            RoutingConfig={"AdditionalVersionWeights": shares},
        )

    def aliases(self) -> dict[str, str]:
        """As `revisions`, of the functions that have the alias."""
        found = {}
        for key in self.kinds:
            try:
                alias = self.lambda_.get_alias(FunctionName=self.function(key), Name="live")
            except self.lambda_.exceptions.ResourceNotFoundException:
                continue
            found[key] = alias["RevisionId"]
        return found

    def arn(self, key: str) -> str:
        """The function's ARN."""
        found = self.lambda_.get_function_configuration(FunctionName=self.function(key))
        return str(found["FunctionArn"])
