"""Where MiniStack 1.5.33 differs from AWS in something that Greenshift relies on: one file a
correction.

Each module has `apply()`, which patches MiniStack inside the emulator's process, before it serves.
"""

from importlib import import_module

NAMES = (
    "handler_errors",
    "handler_logs",
    "log_streams",
    "log_deliveries",
    "clean_sandbox",
    "cold_start",
    "failed_init",
    "report_line",
    "alias_weights",
    "asynchronous_calls",
    "metric_store",
    "metric_queries",
    "lambda_metrics",
    "embedded_metrics",
    "alarm_events",
    "publish_version",
    "code_location",
    "alias_rules",
    "version_deletes",
    "provisioned_concurrency",
    "function_policies",
    "secure_transport",
    "lambda_actions",
    "caller_permissions",
    "object_versions",
    "parameter_sizes",
    "parameter_paths",
    "message_moves",
    "table_indexes",
    "table_streams",
    "leading_keys",
    "event_sources",
    "machine_versions",
    "execution_versions",
    "execution_retries",
    "execution_errors",
    "execution_paths",
    "execution_ends",
    "service_roles",
    "api_failures",
    "invoke_permissions",
    "api_endpoints",
)


def apply_all() -> None:
    """Applies every correction; call it once, before `ministack.app` serves its first request."""
    for name in NAMES:
        import_module(f"{__name__}.{name}").apply()
