"""The CDK app: the deployer, and the sample service where the context names its database."""

from aws_cdk import App

from infra.deployer import DeployerStack
from infra.sample.context import orders_stack

# Two seconds less a synthesis: cfn-lint judges the same templates in the tests.
app = App(analytics_reporting=False, builtin_cloud_formation_validation=False)
deployer = DeployerStack(
    app, "Greenshift", description="Greenshift: blue-green releases of Lambda services"
)
orders_stack(app, deployer=deployer)
app.synth()
