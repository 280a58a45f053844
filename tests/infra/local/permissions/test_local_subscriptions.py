"""A log group sends its lines to a function only where that one's policy lets CloudWatch Logs."""

from typing import Any

HEARS = "def handler(event, context):\n    print('HEARD')\n"
SPEAKS = "def handler(event, context):\n    print('a word')\n"


def heard(account: Any, function: str) -> bool:
    logs = account.lab["logs"]
    try:
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return False
    return any(each["message"] == "HEARD" for each in found)


def sent_to(account: Any, *, permitted: int, of: int) -> list[bool]:
    """Whether each of the functions heard a line; the last are permitted, and sent to last."""
    speaker = account.function(code=SPEAKS)
    account.lab.invoke(speaker)
    functions = [account.function(code=HEARS) for _ in range(of)]
    for number, name in enumerate(functions):
        if number >= of - permitted:
            account.lab["lambda"].add_permission(
                FunctionName=name,
                StatementId="logs",
                Action="lambda:InvokeFunction",
                Principal="logs.amazonaws.com",
                SourceArn=f"arn:aws:logs:us-east-1:{account.environment.account}:log-group:*",
            )
        account.lab["logs"].put_subscription_filter(
            logGroupName=f"/aws/lambda/{speaker}",
            filterName=name,
            filterPattern="word",
            destinationArn=account.arn(name),
        )
    account.lab.invoke(speaker)
    account.lab.poll(lambda: heard(account, functions[-1]))
    return [heard(account, name) for name in functions]


def test_only_a_function_whose_policy_lets_logs_call_it_hears(
    account: Any, stock_account: Any
) -> None:
    assert sent_to(account, permitted=1, of=2) == [False, True]
    stock = sent_to(stock_account, permitted=0, of=1)
    assert stock == [True]
