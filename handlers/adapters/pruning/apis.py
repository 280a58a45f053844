"""The APIs of an account and region that call a version of a function by its number: REST APIs
(version 1), HTTP and WebSocket APIs (version 2).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from handlers.adapters.functions.pace import Pace
from handlers.domain.pruning.api_names import named_by_api
from handlers.domain.pruning.published import Version


class Apis:
    """Reads both APIs of API Gateway, which take ten calls a second of an account; changes nothing.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    """

    def __init__(self, rest: Any, http: Any, pace: Pace) -> None:
        self._rest, self._http, self._pace = rest, http, pace

    def named(self) -> Mapping[Version, str]:
        """Every version that an API names, as it stands and at each of its stages."""
        found: dict[Version, str] = {}
        for name, uris, stages in (*self._rest_apis(), *self._http_apis()):
            found |= dict.fromkeys(named_by_api(uris, stages), f"the API {name} calls it")
        return found

    def _rest_apis(self) -> Iterator[tuple[str, list[str], list[Mapping[str, str]]]]:
        for api in self._items(self._rest.get_rest_apis, "items", "position", limit=500):
            about = {"restApiId": api["id"]}
            resources = self._items(
                self._rest.get_resources, "items", "position", embed=["methods"], limit=500, **about
            )
            uris = [
                (method.get("methodIntegration") or {}).get("uri") or ""
                for resource in resources
                for method in (resource.get("resourceMethods") or {}).values()
            ]
            authorizers = self._items(
                self._rest.get_authorizers, "items", "position", limit=500, **about
            )
            uris += [each.get("authorizerUri") or "" for each in authorizers]
            self._pace.wait()
            stages: list[Mapping[str, str]] = []
            for stage in self._rest.get_stages(**about).get("item", []):
                variables = stage.get("variables") or {}
                overrides = (stage.get("canarySettings") or {}).get("stageVariableOverrides") or {}
                stages += [variables, {**variables, **overrides}]
            yield f"{api.get('name', '')} ({api['id']})", uris, stages

    def _http_apis(self) -> Iterator[tuple[str, list[str], list[Mapping[str, str]]]]:
        for api in self._items(self._http.get_apis, "Items", "NextToken"):
            about = {"ApiId": api["ApiId"]}
            integrations = self._items(self._http.get_integrations, "Items", "NextToken", **about)
            authorizers = self._items(self._http.get_authorizers, "Items", "NextToken", **about)
            uris = [each.get("IntegrationUri") or "" for each in integrations]
            uris += [each.get("AuthorizerUri") or "" for each in authorizers]
            stages = self._items(self._http.get_stages, "Items", "NextToken", **about)
            variables = [each.get("StageVariables") or {} for each in stages]
            yield f"{api.get('Name', '')} ({api['ApiId']})", uris, variables

    def _items(self, call: Any, key: str, token: str, **about: Any) -> list[dict[str, Any]]:
        """All pages: both APIs take the token of the next one under the name that they give it."""
        found: list[dict[str, Any]] = []
        request = dict(about)
        while True:
            self._pace.wait()
            answer = call(**request)
            found += answer.get(key) or []
            if not answer.get(token):
                return found
            request[token] = answer[token]
