"""How green can be tried before it is live: what the owner says of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import aws_apigatewayv2 as apigateway

from greenshift_cdk.managed_function import ManagedFunction

DEFAULT_ROUTE = "$default"
_ROUTE = re.compile(r"(?:(ANY|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) )?(/[^\s]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An HTTP API of its own that reaches green only.

    routes: route (`ANY /{proxy+}`, `GET /orders/{id}`, `$default`) → key of an entry function, as
    the service's own API has them (default: every request goes to the only entry function).
    authorizer: who may call it (default: IAM, with `BlueGreenService.grant_preview`); with another
    one Greenshift's checks stay events.
    """

    routes: Mapping[str, str] | None = None
    authorizer: apigateway.IHttpRouteAuthorizer | None = None

    def routes_of(self, service: str, functions: Mapping[str, ManagedFunction]) -> dict[str, str]:
        """Route → key. Raises ValueError for what is no route to an entry function, and for an
        authorizer that lets everybody in.
        """
        if isinstance(self.authorizer, apigateway.HttpNoneAuthorizer):
            raise ValueError(  # noqa: TRY004 - the choice is wrong, not its type
                f'the preview of service "{service}" would be open to the world, with the data of '
                "production behind it; leave authorizer out, or give one that asks who calls"
            )
        entries = [key for key, managed in functions.items() if managed.kind == "entry"]
        if self.routes is None and len(entries) != 1:
            has = " and ".join(entries) or "none"
            raise ValueError(
                f'service "{service}" has {len(entries)} functions of the kind entry ({has}); '
                "give its preview the routes, as its own API has them"
            )
        routes = {DEFAULT_ROUTE: entries[0]} if self.routes is None else dict(self.routes)
        if not routes:
            raise ValueError(f'the preview of service "{service}" has no routes; give it one')
        for route, key in routes.items():
            if route != DEFAULT_ROUTE and not _ROUTE.fullmatch(route):
                raise ValueError(
                    f'the preview of service "{service}" has the route "{route}"; '
                    'write it as "GET /orders/{id}", "ANY /{proxy+}" or "$default"'
                )
            if key not in entries:
                raise ValueError(
                    f'the preview of service "{service}" leads "{route}" to "{key}", which is no '
                    f"function of the kind entry; name {' or '.join(entries) or 'one'}"
                )
        return routes


def route_key(route: str) -> apigateway.HttpRouteKey:
    """The route in the CDK's words."""
    found = _ROUTE.fullmatch(route)
    if found is None:
        return apigateway.HttpRouteKey.DEFAULT
    method, path = found.groups()
    return apigateway.HttpRouteKey.with_(path, apigateway.HttpMethod[method or "ANY"])
