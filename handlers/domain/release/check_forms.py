"""The ways in which a check may reach a function."""

from typing import Literal

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HARMLESS = ("GET", "HEAD")
"""The methods that change nothing: https://www.rfc-editor.org/rfc/rfc9110#name-safe-methods"""
HttpForm = Literal["apiGatewayV2", "apiGatewayV1", "alb", "functionUrl"]
MessageForm = Literal["sqs", "sns", "eventBridge", "s3"]
