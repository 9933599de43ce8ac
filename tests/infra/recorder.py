"""A reverse proxy that writes down every request, and can be told to answer some itself.

The emulator says in no log who called what. Each function signs with the credentials of its own role, so the access key in the
signature tells who calls. Whoever is behind the proxy sees the very request: also the header Host, which is signed.
"""

import http.client
import re
import sys
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
# They are about one connection; a body is passed on whole, with its length.
OF_A_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "expect", "proxy-connection"}


@dataclass(frozen=True)
class Request:
    """A signed request, and how it was answered."""

    access_key: str
    region: str
    service: str
    method: str
    path: str
    query: dict
    headers: dict
    body: bytes
    status: int = 0
    answer: bytes = b""

    @property
    def target(self):
        """The operation that X-Amz-Target names, without the service's prefix."""
        return self.headers.get("x-amz-target", "").rpartition(".")[2]


def ask_upstream(request, ask):
    return ask()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that is gone, as a function that was replaced, is nobody's error."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Recorder:
    """Listens on a port of its own, and passes everything on to the port of an upstream."""

    def __init__(self):
        self.upstream = None
        self.requests = []
        # What answers a signed request: a function of it, and of a function that asks the upstream.
        self.intercept = ask_upstream
        self._server = Server(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def port(self):
        return self._server.server_address[1]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def intercepting(self, intercept):
        """Within, another one answers."""
        self.intercept = intercept
        try:
            yield
        finally:
            self.intercept = ask_upstream

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def _handler(recorder):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Small answers must not wait for the acknowledgement of the one before.
            disable_nagle_algorithm = True

            def log_message(self, *arguments):
                pass

            def pass_on(self):
                body = read_body(self)
                request = parse(self.command, self.path, self.headers, body)
                ask = lambda: self.ask_upstream(body)
                status, headers, answer = recorder.intercept(request, ask) if request else ask()
                if request:
                    recorder.requests.append(Request(**(vars(request) | {"status": status, "answer": answer})))
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in OF_A_CONNECTION:
                        self.send_header(name, value)
                length = dict(headers).get("Content-Length", "0") if self.command == "HEAD" else len(answer)
                self.send_header("Content-Length", length)
                self.end_headers()
                self.wfile.write(answer)

            def ask_upstream(self, body):
                upstream = http.client.HTTPConnection("127.0.0.1", recorder.upstream)
                upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in OF_A_CONNECTION:
                        upstream.putheader(name, value)
                # Bucket policies ask for TLS, which on AWS ends where this proxy stands.
                upstream.putheader("X-Forwarded-Proto", "https")
                upstream.putheader("Content-Length", len(body))
                upstream.putheader("Connection", "close")
                with closing(upstream):
                    upstream.endheaders(body)
                    response = upstream.getresponse()
                    return response.status, response.getheaders(), response.read()

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = pass_on

        return Handler


def read_body(handler):
    if "chunked" not in handler.headers.get("Transfer-Encoding", "").lower():
        return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
    body = b""
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    while handler.rfile.readline().strip():
        pass  # trailers
    return body


def parse(method, target, headers, body):
    """The request, or None if it is not signed."""
    signed = CREDENTIAL.search(headers.get("Authorization", ""))
    if not signed:
        return None
    url = urlsplit(target)
    return Request(
        access_key=signed["key"], region=signed["region"], service=signed["service"], method=method, path=unquote(url.path),
        query={name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()},
        headers={name.lower(): value for name, value in headers.items()}, body=body)
