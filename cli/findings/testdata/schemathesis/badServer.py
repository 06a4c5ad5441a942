"""A server that does wrong what the contract orders, on this machine only: the target of the runs kept here."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, content_type="application/json"):
        payload = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.path == "/chat":
            # Asks for no key, and takes whatever it is given.
            self.answer(200, json.dumps({"id": "cmpl-1", "contact": "jane.doe@example.com"}))
        elif self.path == "/vision":
            # Falls over what it cannot read.
            try:
                json.loads(body)["image"]["data"][0]
                self.answer(400, json.dumps({"title": "Bad Request", "status": 400}), "application/problem+json")
            except Exception:
                self.answer(500, "Traceback: api_key=sk_live_0123456789abcdef for jane.doe@example.com from 192.0.2.44\n- Server error\n", "text/plain")
        elif self.path == "/avatar":
            self.answer(418, "<h1>teapot</h1>", "text/html")
        else:
            self.answer(401, json.dumps({"type": "about:blank", "title": "Unauthorized", "status": 401}), "application/problem+json")

    do_GET = do_PUT = do_PATCH = do_DELETE = do_TRACE = do_OPTIONS = do_QUERY = do_POST

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
