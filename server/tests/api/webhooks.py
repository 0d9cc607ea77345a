"""Checks the signatures of webhooks with the reference library of Standard Webhooks for Python.

    webhooks.py ADDRESS     a server that may send to this machine
"""

import json
import sys
import threading
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

PATIENCE = 60
address = sys.argv[1]
# What was heard, by path: each receiver hears its own events in order.
calls = {"/all": Queue(), "/mine": Queue()}


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        calls[self.path].put((self.path, dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def ask(method, path, body=None, content_type="application/json"):
    headers = {"Content-Type": content_type}
    request = urllib.request.Request(address + path, body, headers, method=method)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def upload(fields):
    boundary = uuid.uuid4().hex
    sheet = f"S. No.,Product Name,Input Image Urls\n1,Caps,{address}/samples/caps.jpg\n"
    parts = [f'name="file"; filename="shop.csv"\r\n\r\n{sheet}']
    parts += [f'name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
    form = "".join(f"--{boundary}\r\nContent-Disposition: form-data; {part}\r\n" for part in parts)
    form += f"--{boundary}--\r\n"
    return ask("POST", "/upload", form.encode(), f"multipart/form-data; boundary={boundary}")


def hear(path, count):
    """Waits for so many webhooks of a path."""
    heard = []
    while len(heard) < count:
        try:
            heard.append(calls[path].get(timeout=PATIENCE))
        except Empty:
            sys.exit(f"{path} heard only {heard}")
    return heard


def verify(secret, call):
    _, headers, body = call
    lower = {name.lower(): value for name, value in headers.items()}
    return Webhook(secret).verify(body, lower)


def refused(secret, call):
    try:
        verify(secret, call)
    except WebhookVerificationError:
        return True
    return False


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"

made = ask("POST", "/webhooks", json.dumps({"name": "python", "url": f"{base}/all"}).encode())
webhook, first = made["webhook"]["webhookId"], made["secret"]
answer = upload({"webhookUrl": f"{base}/mine"})
own = answer["webhookSecret"]
expected = ["request.received", "request.processing", "request.completed"]
for path, secret in [("/all", first), ("/mine", own)]:
    heard = hear(path, 3)
    events = [verify(secret, call) for call in heard]
    assert [event["type"] for event in events] == expected, events
    assert all(event["data"]["requestId"] == answer["requestId"] for event in events), events
    assert all(refused(own if secret == first else first, call) for call in heard)
    path, headers, body = heard[0]
    assert refused(secret, (path, headers, body.replace(b"received", b"deceived")))

second = ask("POST", f"/webhooks/{webhook}/rotate")["secret"]
tried = ask("POST", f"/webhooks/{webhook}/test")
assert tried["status"] == "delivered", tried
(call,) = hear("/all", 1)
assert verify(first, call)["type"] == verify(second, call)["type"] == "webhook.test"
ask("DELETE", f"/webhooks/{webhook}")
print("webhooks are signed as Standard Webhooks says")
