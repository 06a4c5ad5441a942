"""Schemathesis' hooks of the scans: a check of our own, by the pod's SCHEMATHESIS_HOOKS.

`ignored_auth` of the tool asks for a 401, where our authorizer says 403 to a key that is none of the client's. What is asked is the same: a
request that was let in with the key is not let in without one, nor with another.
"""

import os

import requests
import schemathesis

KEY_HEADER = "x-api-key"
REFUSED = (401, 403)


@schemathesis.check
def refuses_strangers(ctx, response, case):
    if not 200 <= response.status_code < 300:
        return
    # A run that was never served has tried nothing behind the door: its script asks for this.
    if "SCAN_LET_IN" in os.environ:
        open(os.environ["SCAN_LET_IN"], "a").close()
    sent = response.request
    others = {name: value for name, value in sent.headers.items() if name.lower() != KEY_HEADER}
    for what, key in (("no API key", {}), ("a foreign API key", {KEY_HEADER: "0" * 40})):
        # By itself: what the run puts into each of its own requests is not in this one.
        answer = requests.request(
            sent.method,
            sent.url,
            data=sent.body,
            headers={**others, **key},
            cert=(os.environ["SCAN_CERTIFICATE_FILE"], os.environ["SCAN_KEY_FILE"]),
            verify=os.environ.get("SCAN_CA_FILE", True),
            timeout=35,
            allow_redirects=False,
        )
        assert answer.status_code in REFUSED, (
            f"The API lets in {what}: expected 401 or 403, got {answer.status_code} for {case.operation.label}"
        )
