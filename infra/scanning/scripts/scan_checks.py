"""Schemathesis' hooks of the scans: a check of our own, by the pod's SCHEMATHESIS_HOOKS.

`ignored_auth` of the tool asks for a 401, where our authorizer says 403 to a key that is none of the client's. What is asked is the same: a
request that was let in with the key is not let in without one, nor with another.
"""

import copy
import os

import schemathesis

KEY_HEADER = "x-api-key"
REFUSED = (401, 403)


@schemathesis.check
def refuses_strangers(ctx, response, case):
    if not 200 <= response.status_code < 300:
        return
    certificate = (os.environ["SCAN_CERTIFICATE_FILE"], os.environ["SCAN_KEY_FILE"])
    for what, key in (("no API key", None), ("a foreign API key", "0" * 40)):
        stranger = copy.copy(case)
        stranger.headers = type(case.headers)(
            {name: value for name, value in (case.headers or {}).items() if name.lower() != KEY_HEADER}
        )
        if key is not None:
            stranger.headers[KEY_HEADER] = key
        # A new session: what the run puts into each request of its own is not in this one.
        answer = stranger.call(cert=certificate, verify=os.environ.get("SCAN_CA_FILE", True), timeout=35)
        assert answer.status_code in REFUSED, (
            f"The API lets in {what}: expected 401 or 403, got {answer.status_code} for {case.operation.label}"
        )
