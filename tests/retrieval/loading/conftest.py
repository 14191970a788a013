"""A web site on this machine, for loaders that fetch."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from retrieval.loading import LoadOptions

PARAGRAPHS = (
    "The harbour office in Saltmere said on Tuesday that the ferry would leave an hour later all winter, because the "
    "tide gauge at the old pier no longer agrees with the one on the new one.",
    "Captain Ines Varro, who has sailed the route for eleven years, told the council that nobody on board had noticed "
    "any difference, and that the passengers mostly asked whether the coffee machine had been mended.",
    "The council will look at the timetable again in March, after the repairs to the slipway are finished and the bill "
    "of 40,000 crowns has been paid.",
)


@dataclass
class Reply:
    body: bytes
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds_before: float = 0
    seconds_between: float = 0


class Site:
    """Paths and what they answer; ``asked`` holds the path and Host header of every request."""

    paragraphs = PARAGRAPHS

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.server = server
        self.port = server.server_address[1]
        self.root = f"http://127.0.0.1:{self.port}"
        self.replies: dict[str, Reply] = {}
        self.asked: list[tuple[str, str]] = []

    def put(self, path: str, body: str | bytes, media_type: str = "text/html; charset=utf-8", **more: object) -> str:
        data = body.encode() if isinstance(body, str) else body
        self.replies[path] = Reply(data, media_type, **more)  # type: ignore[arg-type]
        return self.root + path

    def page(
        self, path: str, title: str = "Ferry to leave an hour later", head: str = "", body: str = "", **more: object
    ) -> str:
        """A page with one article and some furniture around it."""
        body = body or "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
        nav = "<nav><a href='/'>Home</a><a href='/sea'>Sea</a></nav>"
        markup = (
            "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
            f"<title>{title}</title>{head}</head><body>"
            f"{nav}<article><h1>{title}</h1>{body}</article></body></html>"
        )
        return self.put(path, markup, **more)  # type: ignore[arg-type]

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        return self.put(path, b"", status=status, headers={"Location": to})


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.asked.append((self.path, self.headers["Host"]))
            reply = here.replies.get(self.path, Reply(b"nothing here", "text/plain", 404))
            time.sleep(reply.seconds_before)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.media_type)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                step = 1 if reply.seconds_between else 65536
                for start in range(0, len(reply.body), step):
                    self.wfile.write(reply.body[start : start + step])
                    time.sleep(reply.seconds_between)
            except OSError:
                pass  # the client has hung up, which some tests are about

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        here = Site(server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield here
        server.shutdown()
        thread.join()


@pytest.fixture
def local() -> LoadOptions:
    """Options with which the site on this machine may be read."""
    return LoadOptions(allow_local_network=True, timeout_seconds=5)
