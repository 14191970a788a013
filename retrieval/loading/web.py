"""Fetching from the web: the only file that knows httpx.

Addresses come from feeds, sitemaps and redirects, so strangers choose them. Unless the settings allow it, nothing is
fetched from the local network (server-side request forgery): every address that a host name stands for is checked at
every hop, and the connection goes to the address that was checked, so that a second look-up cannot give another one
(DNS rebinding). A proxy would look names up itself, so proxies named in the environment are used only where the local
network is allowed.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import PurePosixPath
from types import TracebackType
from typing import IO, TYPE_CHECKING

from retrieval.loading import LoadOptions
from retrieval.loading.assembly import MEGABYTE
from retrieval.loading.errors import NoArticle
from retrieval.loading.kinds import Kind, Material, expected

if TYPE_CHECKING:
    import httpx

MAX_REDIRECTS = 5
LISTING_BYTES = 50 * MEGABYTE
IN_MEMORY_BYTES = 8 * MEGABYTE
ACCEPT = "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.7"
ERROR_NUMBER = re.compile(r"\[Errno -?\d+\] ")
NAT64 = ipaddress.ip_network("64:ff9b::/96")
LOCAL = "points into the local network (ingest.allow_local_network is false)"


class Web:
    """A client for one run of a source; it opens no connection before the first fetch."""

    def __init__(self, options: LoadOptions) -> None:
        self.options = options

    def __enter__(self) -> Web:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if "_client" in self.__dict__:
            self._client.close()

    @cached_property
    def _client(self) -> httpx.Client:
        import httpx

        local = self.options.allow_local_network
        # A server may send any encoding it likes; gzip is the one that can be unpacked up to a limit and no further.
        headers = {"User-Agent": self.options.user_agent, "Accept": ACCEPT, "Accept-Encoding": "gzip"}
        return httpx.Client(
            transport=None if local else _checked_transport(),
            trust_env=local,
            timeout=self.options.timeout_seconds,
            headers=headers,
        )

    def fetch(self, address: str) -> Material:
        """What stands at ``address``, redirects followed; raises NoArticle with the reason where that is nothing."""
        with _in_words(self.options.timeout_seconds):
            url = _parsed(address)
            for _ in range(MAX_REDIRECTS + 1):
                deadline = time.monotonic() + self.options.timeout_seconds
                response = self._client.send(self._client.build_request("GET", url), stream=True)
                try:
                    if not response.has_redirect_location:
                        return self._material(response, deadline)
                    url = _parsed(str(url.join(response.headers["Location"])))
                finally:
                    response.close()
        raise NoArticle(f"redirects more than {MAX_REDIRECTS} times")

    def _material(self, response: httpx.Response, deadline: float) -> Material:
        if not response.is_success:
            raise NoArticle(f"the site answered {response.status_code} {response.reason_phrase}".rstrip())
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("identity", "", "gzip", "x-gzip"):
            raise NoArticle(f"sent in an encoding that was not asked for: {encoding}")
        url = response.url.copy_with(fragment=None, userinfo=b"")
        name = PurePosixPath(url.path).name
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        kind = expected(name, media_type)
        return Material(
            location=str(url),
            stream=self._download(response, kind, deadline),
            name=name,
            url=str(url),
            media_type=media_type,
            charset=response.charset_encoding,
        )

    def _download(self, response: httpx.Response, kind: Kind | None, deadline: float) -> IO[bytes]:
        """The body as sent; JSON Lines may be of any size and take their time, the rest has a limit and a deadline."""
        limit = None if kind == "jsonl" else LISTING_BYTES if kind is None else self.options.max_article_bytes
        with ExitStack() as on_failure:
            body = on_failure.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES))
            size = 0
            for chunk in response.iter_raw():
                size += len(chunk)
                if limit is not None and size > limit:
                    setting = " (ingest.max_article_mb)" if kind else ""
                    raise NoArticle(f"larger than {limit / MEGABYTE:g} MB{setting}")
                if limit is not None and time.monotonic() > deadline:
                    raise NoArticle(_too_slow(self.options.timeout_seconds))
                body.write(chunk)
            body.seek(0)
            on_failure.pop_all()
        return body


def _parsed(address: str) -> httpx.URL:
    import httpx

    url = httpx.URL(address.strip())
    if url.scheme not in ("http", "https"):
        raise NoArticle(f"only http and https addresses are read, not {url.scheme or 'this'}")
    if not url.host:
        raise NoArticle("not a web address: it names no host")
    return url


def _checked_transport() -> httpx.HTTPTransport:
    """A transport that connects to public addresses only, and to the very address that it checked."""
    import httpx

    class Checked(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            host = request.url.raw_host.decode("ascii")
            failure: httpx.TransportError | None = None
            for address in _public_addresses(host, request.url.port or 0):
                # The request keeps its Host header; the extension keeps the name for TLS and its certificate.
                pinned = httpx.Request(
                    request.method,
                    request.url.copy_with(host=address),
                    headers=request.headers,
                    extensions={**request.extensions, "sni_hostname": host},
                )
                try:
                    return super().handle_request(pinned)
                except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                    failure = error
            raise failure or httpx.ConnectError(f"{host} has no address")

    # Kept-alive connections are told apart by address: two sites on one would share a certificate check.
    return Checked(trust_env=True, limits=httpx.Limits(max_keepalive_connections=0))


def _public_addresses(host: str, port: int) -> list[str]:
    """The addresses of ``host``; raises NoArticle where any of them is not on the public internet."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(_is_public(address) for address in addresses):
        raise NoArticle(f"{host} {LOCAL}")
    return addresses


def _is_public(address: str) -> bool:
    """False for loopback, private, link-local, shared, reserved and multicast addresses, also inside IPv6 ones."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner:
            return _is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


@contextmanager
def _in_words(timeout: float) -> Iterator[None]:
    """Whatever fails on the way to a page, as a reason for the user."""
    import httpx

    try:
        yield
    except httpx.TimeoutException as error:
        raise NoArticle(_too_slow(timeout)) from error
    except (httpx.InvalidURL, UnicodeError) as error:
        raise NoArticle(f"not a web address: {error}") from error
    except socket.gaierror as error:
        raise NoArticle("the host name is not known") from error
    except (httpx.HTTPError, OSError) as error:
        reason = ERROR_NUMBER.sub("", str(error)) or type(error).__name__
        raise NoArticle(f"could not be reached: {reason}") from error


def _too_slow(timeout: float) -> str:
    return f"no answer within {timeout:g} seconds (ingest.timeout_seconds)"
