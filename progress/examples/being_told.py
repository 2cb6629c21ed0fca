"""Take what a webhook of the pilot tasks sends. Stands behind a proxy that speaks HTTPS."""

import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

KEY = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))
SECONDS_OFF = 300
seen = set()  # in service: a table, so that it outlives the program


def is_ours(headers, body):
    """Whether the message was signed with the secret, and just now."""
    moment = headers.get("Webhook-Timestamp", "")
    if not moment.isdigit() or abs(time.time() - int(moment)) > SECONDS_OFF:
        return False
    content = f"{headers.get('Webhook-Id')}.{moment}.".encode() + body
    signature = base64.b64encode(hmac.digest(KEY, content, hashlib.sha256)).decode()
    given = headers.get("Webhook-Signature", "").split()
    return any(hmac.compare_digest(one, f"v1,{signature}") for one in given)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not is_ours(self.headers, body):
            return self.answer(400)
        message = json.loads(body)
        if message["id"] not in seen:
            seen.add(message["id"])
            for change in message["results"]:
                # Note it, and read it afterwards: the answer is waited for.
                print(
                    change["kind"], change["key"], "gone" if change["gone"] else change["address"]
                )
            print("told up to", message["position"], flush=True)
        return self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()


HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver).serve_forever()
