"""Versions and aliases of state machines in CloudFormation.

AWS: `AWS::StepFunctions::StateMachineVersion` and `AWS::StepFunctions::StateMachineAlias`.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachinealias.html
Stock MiniStack: has both in the API and refuses both in a template.
Patch: two more resource handlers on top of the API's own functions.
"""

import json
from typing import Any

from infra.local.patching import when_imported

Properties = dict[str, Any]


def apply() -> None:
    """Adds the resource handlers."""
    when_imported("ministack.services.cloudformation.provisioners", _patch)


def _patch(provisioners: Any) -> None:
    machines = provisioners._sfn

    def call(operation: str, data: Properties) -> Properties:
        status, _, body = getattr(machines, operation)(data)
        document: Properties = json.loads(body or b"{}")
        if status >= 400:
            raise ValueError(document.get("message") or document.get("Message") or str(document))
        return document

    def publish(_logical_id: str, properties: Properties, _stack: str) -> Any:
        data = {"stateMachineArn": properties["StateMachineArn"]}
        if properties.get("StateMachineRevisionId"):
            data["revisionId"] = properties["StateMachineRevisionId"]
        if properties.get("Description"):
            data["description"] = properties["Description"]
        arn = call("_publish_state_machine_version", data)["stateMachineVersionArn"]
        return arn, {"Arn": arn}

    def unpublish(physical_id: str, _properties: Properties) -> None:
        call("_delete_state_machine_version", {"stateMachineVersionArn": physical_id})

    def alias(logical_id: str, properties: Properties, stack: str) -> Any:
        name = properties.get("Name") or provisioners._physical_name(stack, logical_id, max_len=80)
        data = {"name": name, **_routing(properties)}
        arn = call("_create_state_machine_alias", data)["stateMachineAliasArn"]
        return arn, {"Arn": arn}

    def realias(physical_id: str, _old: Properties, new: Properties, _stack: str) -> Any:
        data = {"stateMachineAliasArn": physical_id, **_routing(new)}
        call("_update_state_machine_alias", data)
        return physical_id, {"Arn": physical_id}

    def unalias(physical_id: str, _properties: Properties) -> None:
        call("_delete_state_machine_alias", {"stateMachineAliasArn": physical_id})

    # A version has no update: each of its properties makes a new one.
    provisioners._RESOURCE_HANDLERS["AWS::StepFunctions::StateMachineVersion"] = {
        "create": publish,
        "delete": unpublish,
    }
    provisioners._RESOURCE_HANDLERS["AWS::StepFunctions::StateMachineAlias"] = {
        "create": alias,
        "update": realias,
        "delete": unalias,
    }


def _routing(properties: Properties) -> Properties:
    preference = properties.get("DeploymentPreference")
    if preference:
        entries = [{"stateMachineVersionArn": preference["StateMachineVersionArn"], "weight": 100}]
    else:
        entries = [
            {
                "stateMachineVersionArn": entry["StateMachineVersionArn"],
                "weight": int(entry["Weight"]),
            }
            for entry in properties.get("RoutingConfiguration", [])
        ]
    data: Properties = {"routingConfiguration": entries}
    if properties.get("Description"):
        data["description"] = properties["Description"]
    return data
