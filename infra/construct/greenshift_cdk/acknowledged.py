"""Findings of validators that were looked at and stay, each with its reason."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(scope: IConstruct, finding: str, reason: str) -> None:
    """Says that `finding` may stay on `scope` and all below it, and why."""
    Validations.of(scope).acknowledge(Acknowledgment(id=finding, reason=reason))
