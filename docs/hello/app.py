"""A service of two functions under Greenshift: `cdk deploy --app "python app.py"`."""

from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2 import HttpApi
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from aws_cdk.aws_sqs import Queue
from greenshift_cdk import BlueGreenService, ManagedFunction

app = App()
stack = Stack(app, "Hello")


def function(name: str) -> lambda_.Function:
    return lambda_.Function(
        stack,
        name,
        function_name=name,  # a name of its own, or CloudFormation could replace it
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): return {'statusCode': 503}"),
    )


http = HttpApi(stack, "Http")
hello = BlueGreenService(
    stack,
    "Service",
    service="hello",
    functions={
        "api": ManagedFunction(function("hello-api"), "entry"),
        "worker": ManagedFunction(function("hello-worker"), "consumer"),
    },
    api_url=http.api_endpoint,
)
http.add_routes(path="/{proxy+}", integration=HttpLambdaIntegration("Api", hello.live("api")))
hello.live("worker").add_event_source(SqsEventSource(Queue(stack, "Queue")))
CfnOutput(stack, "ApiId", value=http.api_id)
app.synth()
