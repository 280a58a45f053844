"""Which function a value of a template names, and whether it names it without an alias."""

import re
from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_

_UNKNOWN = "*"
"""Stands for what only the deployment knows."""


class FunctionNames:
    """The functions of one stack by their keys, each with the name that its template gives it."""

    def __init__(self, stack: Stack, functions: Mapping[str, tuple[lambda_.Function, str]]) -> None:
        self._names = {
            stack.resolve(function.function_name)["Ref"]: name
            for function, name in functions.values()
        }
        where = f"{_or_unknown(stack.region)}:{_or_unknown(stack.account)}"
        self._patterns = {
            key: re.compile(
                rf"(?:^|:lambda:{where}:function:){re.escape(name)}(?::\$LATEST)?(?=$|/)"
            )
            for key, (_, name) in functions.items()
        }

    def bare(self, value: object) -> str | None:
        """The key of the function that a resolved value names, by name, by ARN, or in an URI that
        invokes it; None where it names an alias, a version, or no function of these.
        """
        text = self._text(value)
        return next((key for key, bare in self._patterns.items() if bare.search(text)), None)

    def _text(self, value: object) -> str:
        """The value as far as synthesis knows it."""
        match value:
            case str():
                return value
            case {"Ref": str(resource)}:
                return self._names.get(resource, _UNKNOWN)
            case {"Fn::GetAtt": [str(resource), "Arn"]} if resource in self._names:
                return f"arn:*:lambda:*:*:function:{self._names[resource]}"
            case {"Fn::Join": [str(between), list(parts)]}:
                return between.join(map(self._text, parts))
            case {"Fn::Sub": str(text)}:
                return self._substituted(text, {})
            case {"Fn::Sub": [str(text), dict(values)]}:
                return self._substituted(text, values)
        return _UNKNOWN

    def _substituted(self, text: str, values: Mapping[str, object]) -> str:
        def value_of(found: re.Match[str]) -> str:
            name, _, attribute = found[1].partition(".")
            if name in values:
                return self._text(values[name])
            return self._text({"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name})

        return re.sub(r"\$\{([^!}][^}]*)\}", value_of, text)


def _or_unknown(text: str) -> str:
    return rf"(?:\*|{re.escape(text)})"
