"""Runs the examples towards a backend, and talks to its API.

Shared by the checks of all backends; knows none of them. Only the standard library, so that the checks do
not depend on what a backend installs.
"""

import json
import os
import subprocess
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

QUESTION = "I need to solve the equation `3x + 11 = 14`. Can you help me?"
ANSWER = "Subtract 11 from both sides to get 3x = 3, so x = 1."
REFUSAL = "Incorrect API key provided: ********"

# What each program makes: (name, parent's name), sorted.
MATH_TUTOR = [
    ("chat gpt-4", "invoke_agent Math Tutor"),
    ("create_agent Math Tutor", "create_assistant"),
    ("create_assistant", "run_math_tutor"),
    ("get_response", "run_math_tutor"),
    ("invoke_agent Math Tutor", "run_assistant"),
    ("run_assistant", "run_math_tutor"),
    ("run_math_tutor", None),
]


def done(program, variables):
    """Runs a program to its end, with these variables and none of its own beside them."""
    ours = ("LANGFUSE_", "OPENAI_", "OTEL_", "TRACING_GENAI_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    environment.update(variables)
    return subprocess.run(
        [program], env=environment, capture_output=True, text=True, timeout=60
    )


def doctor(examples, variables):
    """What the doctor prints, which is built beside the examples, and whether it is content."""
    at = os.path.join(examples, "..", "tracing-genai-doctor")
    result = done(at, variables)
    return result.stdout, result.returncode == 0


def run(folder, example, variables):
    """Runs an example to its end, and returns what it says was lost."""
    result = done(os.path.join(folder, example), variables)
    return "".join(line for line in result.stderr.splitlines() if line.startswith("tracing-genai:"))


class Refusing:
    """A server that refuses every call as OpenAI refuses a wrong key."""

    def __enter__(self):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("content-length", 0)))
                error = {
                    "message": REFUSAL,
                    "type": "invalid_request_error",
                    "param": None,
                    "code": "invalid_api_key",
                }
                body = json.dumps({"error": error}).encode()
                self.send_response(401)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        return {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "wrong"}

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def get(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def post(url, body):
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def wait_for(what, is_there, look):
    """What `look` returns, once `is_there` holds of it: backends store what they got a little later."""
    deadline = time.monotonic() + 40
    while True:
        try:
            found = look()
        except urllib.error.HTTPError as error:
            found = error
        else:
            if is_there(found):
                return found
        assert time.monotonic() < deadline, f"no {what} within 40 s: {str(found)[:2000]}"
        time.sleep(0.5)
