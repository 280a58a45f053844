"""Paths that lead nowhere.

AWS: a path of `Parameters`, `ResultSelector`, `InputPath`, `OutputPath`, `SecondsPath` or of a
Choice's `Variable` that is not in the document ends the execution with `States.Runtime`;
`IsPresent` is true for a key whose value is null.
https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
Stock MiniStack: goes on with null, does not wait at all, takes the Choice's Default; `IsPresent` is
false for null. Patch: looked up before MiniStack does.
"""

from typing import Any

from infra.local.patching import when_imported


def apply() -> None:
    """Patches the places that read a path."""
    when_imported("ministack.services.stepfunctions", _patch)


def _patch(machines: Any) -> None:
    parameters, rule = machines._resolve_params_obj, machines._evaluate_rule
    read_input, read_output = machines._apply_input_path, machines._apply_output_path
    wait = machines._execute_wait

    def present(path: str, data: Any, context: Any) -> bool:
        if path.startswith("$$."):
            return context is None or is_in(machines, path[1:], context)
        return is_in(machines, path, data)

    def require(path: Any, data: Any, context: Any, field: str) -> None:
        if isinstance(path, str) and path.startswith("$") and not present(path, data, context):
            raise machines._ExecutionError(
                "States.Runtime",
                f"The JSONPath '{path}' specified for the field '{field}' could not be found.",
            )

    def checked_parameters(template: Any, data: Any, context: Any = None) -> Any:
        for name, path in template.items() if isinstance(template, dict) else ():
            if name.endswith(".$"):
                require(path, data, context, name)
        return parameters(template, data, context)

    def checked_input(state: Any, data: Any, context: Any = None) -> Any:
        require(state.get("InputPath"), data, context, "InputPath")
        return read_input(state, data, context)

    def checked_output(state: Any, data: Any, context: Any = None) -> Any:
        require(state.get("OutputPath"), data, context, "OutputPath")
        return read_output(state, data, context)

    def checked_rule(choice: Any, data: Any, context: Any = None) -> Any:
        variable = choice.get("Variable")
        if "IsPresent" in choice:
            return present(variable, data, context) == choice["IsPresent"]
        require(variable, data, context, "Variable")
        return rule(choice, data, context)

    def checked_wait(state: Any, data: Any, context: Any = None) -> Any:
        effective = machines._apply_input_path(state, data, context)
        for field in ("SecondsPath", "TimestampPath"):
            require(state.get(field), effective, context, field)
        return wait(state, data, context)

    machines._resolve_params_obj = checked_parameters
    machines._apply_input_path = checked_input
    machines._apply_output_path = checked_output
    machines._evaluate_rule = checked_rule
    machines._execute_wait = checked_wait


def is_in(machines: Any, path: str, data: Any) -> bool:
    """Whether the path leads to something in the document, null included."""
    if path == "$":
        return True
    tokens = machines._parse_jsonpath_tokens(path)
    for kind, value in tokens or ():
        if (kind == "field" and isinstance(data, dict) and value in data) or (
            kind == "index" and isinstance(data, list) and value < len(data)
        ):
            data = data[value]
        else:
            return kind not in ("field", "index")
    return tokens is not None
