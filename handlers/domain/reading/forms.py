"""The forms of the names that documents share; the published JSON Schemas hold the same ones."""

from handlers.domain.reading.section import Form

TEXT = Form(r"(?s:.*)", "text in quotes")
NAMED = Form(r"[^\n\r]*[^\s][^\n\r]*", "a name of one line")
SHORT_NAME = Form(NAMED.pattern, "a name of one line, of at most 60 characters", longest=60)
HOTFIX = Form(NAMED.pattern, "a reason of one line and at most 200 characters", longest=200)
WHO = Form(NAMED.pattern, "who decides, on one line of at most 256 characters", longest=256)
DEPLOYMENT = Form(
    r"[a-z][A-Za-z0-9.+-]*", "a deployment's name, as `greenshift status` tells it", longest=160
)
SERVICE = Form(
    r"[a-z](?:-?[a-z0-9])*",
    "a service's name: at most 40 lower-case letters, digits and single hyphens, a letter first",
    longest=40,
)
FUNCTION_KEY = Form(
    r"[A-Za-z][A-Za-z0-9_-]{0,63}",
    "a function's key: at most 64 letters, digits, _ and -, a letter first",
)
LAMBDA_NAME = Form(r"[A-Za-z0-9_-]{1,64}", "a Lambda function's name")
HOOK_FUNCTION = Form(
    r"(?:arn:aws[a-zA-Z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:)?[A-Za-z0-9_-]{1,64}"
    r"(?::[A-Za-z0-9_-]{1,128})?",
    "a Lambda function's name or ARN, with a version or an alias or without",
)
ALIAS = Form(r"(?![0-9]+$)[A-Za-z0-9_-]{1,128}", "an alias's name")
# Lambda's own form, and the names it reserves:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
ENVIRONMENT_KEY = Form(
    r"[A-Za-z][A-Za-z0-9_]+",
    "an environment key: a letter, then at least one letter, digit or _",
)
RESERVED_ENVIRONMENT_KEYS = frozenset({
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
})  # fmt: skip
CODE_PATH = Form(r"functions/[A-Za-z0-9_][A-Za-z0-9._-]*\.zip", "a path such as functions/api.zip")
IMAGE = Form(
    r"[^\s@]+@sha256:[0-9a-f]{64}", "an image by its digest, as …/orders@sha256:<64 hex digits>"
)
LAYER = Form(
    r"arn:aws[a-zA-Z-]*:lambda:[a-z0-9-]+:[0-9]{12}:layer:[A-Za-z0-9_-]+:[0-9]+",
    "the ARN of a layer version, which ends in :layer:<name>:<number>",
)
EVENT_PATH = Form(
    r"(?!functions/|migrations/|statements/)[A-Za-z0-9_][A-Za-z0-9._-]*"
    r"(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*\.json",
    "the path of a JSON file in the bundle, such as checks/sqs.json",
)
RECORDING_PATH = Form(
    r"(?!functions/|migrations/|statements/)[A-Za-z0-9_][A-Za-z0-9._-]*"
    r"(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*\.jsonl",
    "the path of a file of JSON lines in the bundle, such as compare/orders.jsonl",
)
SAFE_KIND = Form(r"(?:POST|events)", '"POST" or "events"')
ANSWER_FIELD = Form(
    r"(?:status|(?:body|result)(?:\.[^\s.\[\]]+|\[\])*)",
    "a field of the answer, such as body.requestedAt, body.items[].price or status",
)
VARIABLE = Form(
    r"[A-Za-z][A-Za-z0-9_]{0,63}", "a variable's name: a letter, then letters, digits and _"
)
ANSWER_PATH = Form(
    r"\$(?:\.[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]{1,6}\])*",
    "a place in the answer's JSON, such as $.id or $.items[0].id",
)
HTTP_PATH = Form(r"/[^\s?#]*", "a path that begins with / and has no query, such as /orders")
HEADER = Form(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", "a header's name")
ARN = Form(r"arn:aws[a-zA-Z-]*:[^\s]+", "an ARN")
CLUSTER = Form(
    r"arn:aws[a-zA-Z-]*:rds:[a-z0-9-]+:[0-9]{12}:cluster:[A-Za-z0-9-]+",
    "the ARN of an Aurora cluster, which ends in :cluster:<name>",
)
URL = Form(r"https?://[^\s]+", "a URL that begins with https://")
# Requests to it are signed: over plain http nothing is sent but to this very machine.
PREVIEW_URL = Form(
    r"(?:https://[A-Za-z0-9.-]+|http://(?:127\.0\.0\.1|localhost))(?::[0-9]{1,5})?(?:/[^\s?#]*)?",
    "a URL that begins with https:// and has no query",
)
ROLE_ARN = Form(r"arn:aws[a-zA-Z-]*:iam::[0-9]{12}:role/[^\s]{1,512}", "the ARN of an IAM role")
HOST = Form(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,253})", "a host's name or address")
ROLE = Form(r"""[^\s"'\\]{1,63}""", "a PostgreSQL name of at most 63 letters without quotes")
TABLE_KEY = Form(
    r"[A-Za-z][A-Za-z0-9_-]{0,63}",
    "a table's key: at most 64 letters, digits, _ and -, a letter first",
)
# DynamoDB's own forms:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
DYNAMO_NAME = Form(r"[A-Za-z0-9_.-]{3,255}", "a name of 3 to 255 letters, digits, _, - and .")
ATTRIBUTE = Form(r"[^\s]{1,255}", "an attribute's name of at most 255 characters without blanks")
KEY_TYPE = Form(r"[SNB]", "S, N or B")
_TYPE = "(?:S|N|B|BOOL|NULL|M|L|SS|NS|BS)"
ATTRIBUTE_TYPES = Form(
    rf"{_TYPE}(?:\|{_TYPE})*\??",
    "DynamoDB types such as S, N or S|NULL, with ? at the end where it may be missing",
)
# CloudWatch's own forms:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
METRIC_KEY = Form(
    r"[A-Za-z][A-Za-z0-9_-]{0,63}",
    "a metric's key: at most 64 letters, digits, _ and -, a letter first",
)
NAMESPACE = Form(
    r"(?!:)(?=.*[^ ])[0-9A-Za-z ._/#:-]{1,255}",
    "a CloudWatch namespace: at most 255 letters, digits, blanks and . _ / # : -, no : first",
)
METRIC = Form(r"[!-~](?:[ -~]{0,253}[!-~])?", "a metric's name: at most 255 ASCII characters")
DIMENSION = Form(
    r"(?!:)[!-~](?:[ -~]{0,253}[!-~])?",
    "a dimension's name: at most 255 ASCII characters, no : first",
)
DIMENSION_VALUE = Form(
    r"[!-~](?:[ -~]{0,1022}[!-~])?", "a dimension's value: at most 1,024 ASCII characters"
)
RULE = Form(r"[a-z][a-z0-9-]{0,63}", "a rule's name, as a finding has it")
EXECUTION = Form(
    r"arn:aws[a-zA-Z-]*:states:[a-z0-9-]+:[0-9]{12}:execution:[^\s:]+:[^\s:]+",
    "the ARN of an execution",
)
