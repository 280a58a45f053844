"""The stack that deploys, once an account and region: phases, listeners, ledger, bucket."""

from infra.deployer.stack import DeployerStack

__all__ = ["DeployerStack"]
