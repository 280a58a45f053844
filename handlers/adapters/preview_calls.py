"""Checks over a preview: requests that are signed in the role that may call it."""

import time
from typing import Any

from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from handlers.adapters.aws import in_our_words
from handlers.adapters.functions.probes import Answered
from handlers.adapters.signed_http import SignedHttp, Unanswered
from handlers.domain.preview.wire import WireRequest


class PreviewCaller:
    """Who may call a preview, for an hour."""

    def __init__(self, http: SignedHttp, credentials: Credentials) -> None:
        self._http, self._credentials = http, credentials

    def send(self, wire: WireRequest, version: str) -> Answered:
        """Sends the request and answers as a function's own answer would look; what kept it from
        being answered is the error. `version` is the one that is to be behind the preview.
        """
        began = time.perf_counter()
        payload, error = None, None
        try:
            answer = self._http.send(wire, self._credentials)
            payload = {
                "statusCode": answer.status,
                "headers": dict(answer.headers),
                "body": answer.body.decode(errors="replace"),
            }
        except Unanswered as failure:
            error = str(failure)
        took = (time.perf_counter() - began) * 1000
        return Answered(payload, error, took, version, None)


class PreviewCalls:
    """Takes the role in which a preview may be called."""

    def __init__(self, sts: Any, http: URLLib3Session | None = None) -> None:
        self._sts = sts
        self._http = SignedHttp(sts.meta.region_name, http)

    def become(self, role_arn: str, session: str) -> PreviewCaller:
        """Who it is then; `session` is how CloudTrail and access logs name who called. Raises
        AwsRefused or TransientAws.
        """
        with in_our_words():
            given = self._sts.assume_role(RoleArn=role_arn, RoleSessionName=session)["Credentials"]
        keys = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        return PreviewCaller(self._http, keys)
