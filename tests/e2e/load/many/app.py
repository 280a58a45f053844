"""Nineteen small services of one function each, beside the deployer and `orders`."""

from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct
from greenshift_cdk import BlueGreenService, ManagedFunction, Platform

MANY = 19
HANDLER = "def handler(event, context):\n    return {'version': context.function_version}\n"


class ManyStack(Stack):
    """`tile-01` to `tile-19`."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        for number in range(1, MANY + 1):
            name = f"tile-{number:02}"
            function = lambda_.Function(
                self,
                f"Function{number}",
                function_name=f"{name}-only",
                runtime=Platform.of(self).runtime,
                handler="index.handler",
                code=lambda_.Code.from_inline(HANDLER),
            )
            BlueGreenService(
                self,
                f"Service{number}",
                service=name,
                functions={"only": ManagedFunction(function, "entry")},
                bake={"minStratumSeconds": 1},
                tracing=False,
            )


if __name__ == "__main__":
    app = App(analytics_reporting=False)
    ManyStack(app, "Many")
    app.synth()
