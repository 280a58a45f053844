"""The structured log of the phases: one JSON line for each end, with the
deployment's name in it.
"""

from aws_lambda_powertools import Logger

logger = Logger(service="greenshift", use_rfc3339=True, log_uncaught_exceptions=False)
