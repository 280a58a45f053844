"""The ways in which a check may reach a function."""

from typing import Literal

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HARMLESS = ("GET", "HEAD")
"""The methods that change nothing: https://www.rfc-editor.org/rfc/rfc9110#name-safe-methods"""
SAFE = (*HARMLESS, "OPTIONS")
"""The same with what changes nothing either, but is asked by browsers alone: what was recorded of
them may be sent again.
"""
HttpForm = Literal["apiGatewayV2", "apiGatewayV1", "alb", "functionUrl"]
HttpVia = Literal["preview", "event"]
MessageForm = Literal["sqs", "sns", "eventBridge", "s3"]
