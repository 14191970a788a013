from __future__ import annotations

import gzip
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retrieval.articles import Article, article_id
from retrieval.loading import Loaded, LoadOptions, Skipped, load

STRICT = LoadOptions(timeout_seconds=5)


def only(address: str, options: LoadOptions) -> Article:
    (outcome,) = load(address, options)
    assert isinstance(outcome, Loaded), outcome
    return outcome.article


def reason(address: str, options: LoadOptions) -> str:
    (outcome,) = load(address, options)
    assert isinstance(outcome, Skipped), outcome
    return outcome.reason


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """A name server of our own: what it knows is in the dict, everything else is asked of the real one."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def lookup(host: Any, port: Any, *arguments: Any, **more: Any) -> Any:
        if host not in known:
            return real(host, port, *arguments, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return known


def test_a_page_becomes_an_article_under_its_address(site: Any, local: LoadOptions) -> None:
    address = site.page("/ferry?id=7")
    article = only(address + "#comments", local)
    assert article.title == "Ferry to leave an hour later"
    assert article.text == "\n\n".join(site.paragraphs)
    assert article.url == address
    assert article.id == article_id(address)


def test_redirects_are_followed_and_the_last_address_is_the_articles(site: Any, local: LoadOptions) -> None:
    site.redirect("/old", "/older", status=301)
    site.redirect("/older", "news/../ferry", status=307)
    page = site.page("/ferry")
    assert only(site.redirect("/start", site.root + "/old"), local).url == page


def test_the_page_may_name_its_own_address_on_the_same_site_only(site: Any, local: LoadOptions) -> None:
    canonical = "<link rel='canonical' href='{}'>"
    same = site.page("/a?from=mail", head=canonical.format(site.root + "/a"))
    other = site.page("/b", head=canonical.format("https://example.org/b"))
    front = site.page("/c", head=canonical.format(site.root + "/"))
    assert only(same, local).url == site.root + "/a"
    assert only(other, local).url == other
    assert only(front, local).url == front
    assert only(front, local).id == article_id(front)


def test_a_circle_of_redirects_ends(site: Any, local: LoadOptions) -> None:
    site.redirect("/b", "/a")
    assert reason(site.redirect("/a", "/b"), local) == "redirects more than 5 times"
    assert len(site.asked) == 6


@pytest.mark.parametrize("status", [403, 404, 410, 429, 500, 503, 304])
def test_the_sites_refusal_is_the_reason(site: Any, local: LoadOptions, status: int) -> None:
    assert reason(site.page("/x", status=status), local).startswith(f"the site answered {status}")


def test_what_is_no_article_is_named_by_its_content_type(site: Any, local: LoadOptions) -> None:
    assert reason(site.put("/x", b"\x89PNG", "image/png"), local) == "image/png, not an article"
    assert reason(site.put("/x.json", "{}", "application/json"), local) == "application/json, not an article"


def test_a_slow_site_is_given_up(site: Any) -> None:
    impatient = LoadOptions(allow_local_network=True, timeout_seconds=0.3)
    expected = "no answer within 0.3 seconds (ingest.timeout_seconds)"
    assert reason(site.page("/late", seconds_before=1.5), impatient) == expected
    began = time.monotonic()
    assert reason(site.page("/trickle", seconds_between=0.05), impatient) == expected
    assert time.monotonic() - began < 2


def test_what_is_too_large_is_not_downloaded_to_its_end(site: Any) -> None:
    options = LoadOptions(allow_local_network=True, max_article_bytes=100_000, timeout_seconds=5)
    too_large = "larger than 0.1 MB (ingest.max_article_mb)"
    assert reason(site.put("/big", b"<p>" + b"x" * 30_000_000), options) == too_large
    bomb = gzip.compress(b"<html><p>" + b"x" * 50_000_000)
    assert len(bomb) < 100_000
    assert reason(site.put("/bomb", bomb, headers={"Content-Encoding": "gzip"}), options) == too_large


def test_a_compressed_page_is_read_and_an_encoding_not_asked_for_is_not(site: Any, local: LoadOptions) -> None:
    site.page("/plain")
    packed = gzip.compress(site.replies["/plain"].body)
    assert only(site.put("/packed", packed, headers={"Content-Encoding": "gzip"}), local).text
    assert "br" in reason(site.put("/brotli", b"?", headers={"Content-Encoding": "br"}), local)
    assert reason(site.put("/cut", packed[:-300], headers={"Content-Encoding": "gzip"}), local)


def test_the_servers_charset_outranks_the_pages_unless_it_is_plainly_wrong(site: Any, local: LoadOptions) -> None:
    text = (
        "Миколайчук сказав, що пором відходитиме на годину пізніше, бо приплив більше не збігається з розкладом. " * 3
    )
    markup = (
        f"<html><head><title>Пором</title></head><body><article><h1>Пором</h1><p>{text}</p></article></body></html>"
    )
    cyrillic = site.put("/a", markup.encode("windows-1251"), "text/html; charset=windows-1251")
    mislabelled = site.put("/b", markup.encode("utf-8"), "text/html; charset=iso-8859-1")
    assert text.strip() in only(cyrillic, local).text
    assert text.strip() in only(mislabelled, local).text


def test_text_is_read_by_the_suffix_of_its_address(site: Any, local: LoadOptions) -> None:
    markdown = site.put("/a.md", "# Ferry\n\n" + site.paragraphs[0], "text/plain; charset=utf-8")
    assert only(markdown, local).title == "Ferry"
    lines = site.put("/a.jsonl", '{"id": "1", "text": "One."}\n', "text/plain")
    assert only(lines, local).id == "1"
    packed = site.put("/b.jsonl.gz", gzip.compress(b'{"id": "2", "text": "Two."}\n'), "application/gzip")
    assert only(packed, local).id == "2"


LOCAL_HOSTS = """
    localhost 127.0.0.1 127.1 2130706433 0.0.0.0 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 224.0.0.1
    240.0.0.1 [::1] [::] [::ffff:127.0.0.1] [fe80::1] [fc00::1] [fec0::1] [ff02::1] [64:ff9b::7f00:1] [2002:7f00:1::]
    [::7f00:1]
"""


@pytest.mark.parametrize("host", LOCAL_HOSTS.split())
def test_addresses_in_the_local_network_are_refused(site: Any, host: str) -> None:
    site.page("/ferry")
    assert "points into the local network" in reason(f"http://{host}:{site.port}/ferry", STRICT)
    assert site.asked == []


def test_a_name_with_one_local_address_among_others_is_refused(site: Any, names: dict[str, list[str]]) -> None:
    names["news.example.org"] = ["93.184.215.14", "127.0.0.1"]
    expected = "news.example.org points into the local network (ingest.allow_local_network is false)"
    assert reason(f"http://news.example.org:{site.port}/", STRICT) == expected
    assert site.asked == []


def test_the_connection_goes_to_the_address_that_was_checked(
    site: Any, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site stands in for a public address; a redirect from there into the local network is refused."""
    connect, reached = socket.create_connection, []

    def wire(address: tuple[str, int], *arguments: Any, **more: Any) -> socket.socket:
        reached.append(address[0])
        return connect(("127.0.0.1", site.port), *arguments, **more)

    monkeypatch.setattr(socket, "create_connection", wire)
    names["news.example.org"] = ["93.184.215.14"]
    site.page("/ferry")
    assert only("http://news.example.org/ferry", STRICT).url == "http://news.example.org/ferry"
    assert reached == ["93.184.215.14"]
    assert site.asked == [("/ferry", "news.example.org")]
    site.redirect("/inside", f"http://localhost:{site.port}/ferry")
    assert "points into the local network" in reason("http://news.example.org/inside", STRICT)
    assert [path for path, _ in site.asked] == ["/ferry", "/inside"]


def test_a_certificate_is_checked_for_the_name_and_not_for_the_address(
    site: Any,
    names: dict[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    require_package: Callable[[str, str], Path],
) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    request = [
        str(require_package("openssl", "openssl")),
        "req",
        "-x509",
        "-nodes",
        "-newkey",
        "rsa:2048",
        "-days",
        "2",
    ]
    request += ["-subj", "/CN=news.example.org", "-addext", "subjectAltName=DNS:news.example.org"]
    subprocess.run([*request, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    site.server.socket = tls.wrap_socket(site.server.socket, server_side=True)
    connect = socket.create_connection
    monkeypatch.setattr(
        socket, "create_connection", lambda _, *a, **more: connect(("127.0.0.1", site.port), *a, **more)
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    names["news.example.org"] = names["other.example.org"] = ["93.184.215.14"]
    site.page("/ferry")
    assert only("https://news.example.org/ferry", STRICT).url == "https://news.example.org/ferry"
    assert "certificate" in reason("https://other.example.org/ferry", STRICT)
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "certificate" in reason("https://news.example.org/ferry", STRICT)


def test_what_cannot_be_reached_says_why(local: LoadOptions, names: dict[str, list[str]]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert "refused" in reason(f"http://127.0.0.1:{unused.getsockname()[1]}/", local)
    assert reason("ftp://example.org/a", local) == "only http and https addresses are read, not ftp"
    assert reason("http:///a", local) == "not a web address: it names no host"
    assert reason("http://[::1/", local).startswith("not a web address")
    names["nowhere.example.org"] = []
    assert reason("http://nowhere.example.org/", STRICT) == "could not be reached: nowhere.example.org has no address"


def test_a_redirect_to_another_scheme_is_refused(site: Any, local: LoadOptions) -> None:
    assert (
        reason(site.redirect("/x", "file:///etc/passwd"), local) == "only http and https addresses are read, not file"
    )


def test_a_password_in_an_address_is_not_kept(site: Any, local: LoadOptions) -> None:
    address = site.page("/ferry")
    assert only(address.replace("http://", "http://reader:secret@"), local).url == address
