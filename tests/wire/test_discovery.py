"""Finding servers: each source in its turn, hostile answers, no network at all."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import dns.message
import dns.resolver
import dns.rrset
import pytest

from mailticket.config.providers import PROVIDERS, MailServer, by_domain, by_exchangers
from mailticket.wire import discovery
from mailticket.wire.discovery import Unreachable, World
from tests.servers.certificates import Certificates

ADDRESS = "support@desk.example"
XML = b"""<clientConfig version="1.1"><emailProvider id="desk.example">
<incomingServer type="pop3"><hostname>pop.desk.example</hostname><port>995</port><socketType>SSL</socketType>
  <username>%EMAILADDRESS%</username></incomingServer>
<incomingServer type="imap"><hostname>plain.desk.example</hostname><port>143</port><socketType>plain</socketType>
  <username>%EMAILADDRESS%</username></incomingServer>
<incomingServer type="imap"><hostname>mx.%EMAILDOMAIN%</hostname><port>993</port><socketType>SSL</socketType>
  <username>%EMAILLOCALPART%</username></incomingServer>
<outgoingServer type="smtp"><hostname>mx.%EMAILDOMAIN%</hostname><port>587</port><socketType>STARTTLS</socketType>
  <username>%EMAILLOCALPART%</username></outgoingServer>
</emailProvider></clientConfig>"""


def world(
    mx: Sequence[str] = (), srv: dict[str, tuple[str, int]] | None = None, pages: dict[str, bytes] | None = None
) -> World:
    """A world in which only this is to be found."""
    return World(
        lambda _domain: mx,
        lambda name: [srv[name]] if srv and name in srv else [],
        lambda url: (pages or {}).get(url.partition("?")[0]),
        lambda host: host == "mail.desk.example",
    )


def found(asked: World, address: str = ADDRESS) -> Any:
    return discovery.find(address, lambda _line: None, asked)


@pytest.mark.parametrize(
    ("address", "imap", "smtp", "oauth"),
    [
        ("x@gmx.de", "imap.gmx.net:993 (tls)", "mail.gmx.net:587 (starttls)", ""),
        ("x@WEB.de", "imap.web.de:993 (tls)", "smtp.web.de:587 (starttls)", ""),
        ("x@outlook.com", "outlook.office365.com:993 (tls)", "smtp-mail.outlook.com:587 (starttls)", "microsoft"),
        ("x@yahoo.com", "imap.mail.yahoo.com:993 (tls)", "smtp.mail.yahoo.com:465 (tls)", ""),
        ("x@icloud.com", "imap.mail.me.com:993 (tls)", "smtp.mail.me.com:587 (starttls)", ""),
    ],
)
def test_a_known_provider_needs_no_look_up(address: str, imap: str, smtp: str, oauth: str) -> None:
    one = discovery.find(address, pytest.fail, None)
    assert (str(one.imap), str(one.smtp), one.oauth, one.username) == (imap, smtp, oauth, address)


@pytest.mark.parametrize(
    ("exchanger", "host"),
    [
        ("desk-example.mail.protection.outlook.com", "outlook.office365.com"),
        ("ASPMX.L.GOOGLE.COM.", "imap.gmail.com"),
        ("mx00.kundenserver.de", "imap.ionos.de"),
        ("smtpin.rzone.de", "imap.strato.de"),
        ("mx1.mail.ovh.net", "ssl0.ovh.net"),
        ("www123.your-server.de", "mail.your-server.de"),
        ("mx.zoho.eu", "imappro.zoho.eu"),
    ],
)
def test_a_domain_of_ones_own_is_known_by_its_mail_exchanger(exchanger: str, host: str) -> None:
    assert found(world(mx=[exchanger])).imap.host == host


def test_an_exchanger_that_only_looks_like_a_known_one_is_nobodys() -> None:
    assert by_exchangers(["notgoogle.com", "google.com.evil.example"]) is None


def test_every_provider_says_where_its_servers_come_from_and_is_found() -> None:
    for one in PROVIDERS:
        assert one.source.startswith("https://") and (one.domains or one.exchangers), one.name
        assert all(by_domain(domain) is one for domain in one.domains)
        assert all(by_exchangers([f"mx1.{end}"]) is one for end in one.exchangers), one.name


def test_srv_records_are_taken_with_tls_before_starttls() -> None:
    srv = {
        "_imaps._tcp.desk.example": ("imap.host.example", 993),
        "_imap._tcp.desk.example": ("old.host.example", 143),
        "_submissions._tcp.desk.example": ("", 0),
        "_submission._tcp.desk.example": ("out.host.example", 587),
    }
    one = found(world(srv=srv))
    assert one.imap == MailServer("imap.host.example", 993, "tls")
    assert one.smtp == MailServer("out.host.example", 587, "starttls")


@pytest.mark.parametrize(
    "place",
    [
        "https://autoconfig.desk.example/mail/config-v1.1.xml",
        "https://desk.example/.well-known/autoconfig/mail/config-v1.1.xml",
        "https://autoconfig.thunderbird.net/v1.1/desk.example",
    ],
)
def test_autoconfig_gives_servers_with_tls_and_the_user_name(place: str) -> None:
    one = found(world(pages={place: XML}))
    assert one.imap == MailServer("mx.desk.example", 993, "tls")
    assert one.smtp == MailServer("mx.desk.example", 587, "starttls")
    assert one.username == "support"


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><clientConfig>&b;</clientConfig>'
FILE = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><clientConfig>&f;</clientConfig>'


@pytest.mark.parametrize(
    "answer",
    [b"", b"<html>welcome", b"\xff\xfe\x00", BOMB, FILE, XML.replace(b"SSL", b"none").replace(b"STARTTLS", b"plain")],
)
def test_an_answer_that_is_none_gives_nothing(answer: bytes) -> None:
    assert discovery.read_autoconfig(answer, ADDRESS) is None


@pytest.mark.parametrize("port", ["", "0", "-1", "²", "٩٩٣", "123456", "9" * 5000])
def test_a_port_that_is_none_is_not_believed(port: str) -> None:
    evil = XML.decode().replace("993", port).replace("587", port)
    assert discovery.read_autoconfig(evil.encode(), ADDRESS) is None


def test_a_host_name_that_is_none_is_not_believed() -> None:
    evil = XML.replace(b"mx.%EMAILDOMAIN%", b"evil host; rm -rf")
    assert discovery.read_autoconfig(evil, ADDRESS) is None


def test_where_nothing_is_found_it_is_a_guess_and_says_so() -> None:
    one = found(world())
    assert not one.is_sure and "guess" in one.how
    assert str(one.imap) == "mail.desk.example:993 (tls)"


def test_without_dns_nothing_further_is_tried() -> None:
    def no_dns(_name: str) -> Any:
        raise Unreachable("LifetimeTimeout")

    told: list[str] = []
    one = discovery.find(ADDRESS, told.append, World(no_dns, no_dns, pytest.fail, pytest.fail))
    assert str(one.imap) == "imap.desk.example:993 (tls)" and not one.is_sure
    assert "No DNS here" in told[-1]
    assert discovery.find(ADDRESS, told.append, World(pytest.fail, pytest.fail), offline=True).imap == one.imap


class _NameServer(socketserver.BaseRequestHandler):
    """Answers MX and SRV of desk.example."""

    def handle(self) -> None:
        data, line = self.request
        asked = dns.message.from_wire(data)
        answer = dns.message.make_response(asked)
        question = asked.question[0]
        records = {
            "desk.example. MX": ["20 second.desk.example.", "10 first.desk.example."],
            "_imaps._tcp.desk.example. SRV": ["0 1 993 imap.desk.example."],
            "_imap._tcp.desk.example. SRV": ["0 0 0 ."],
        }.get(f"{question.name} {dns.rdatatype.to_text(question.rdtype)}")
        if records:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", question.rdtype, *records))
        line.sendto(answer.to_wire(), self.client_address)


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = socketserver.UDPServer(("127.0.0.1", 0), _NameServer)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    made = dns.resolver.Resolver(configure=False)
    made.nameservers, made.port, made.lifetime = ["127.0.0.1"], server.server_address[1], 3.0
    monkeypatch.setattr(discovery, "resolver", lambda: made)
    yield
    server.shutdown()
    server.server_close()


def test_dns_is_asked_and_read(name_server: None) -> None:
    assert discovery.mx("desk.example") == ["first.desk.example", "second.desk.example"]
    assert discovery.srv("_imaps._tcp.desk.example") == [("imap.desk.example", 993)]
    assert discovery.srv("_imap._tcp.desk.example") == [("", 0)]
    assert discovery.mx("other.example") == []


def test_a_name_server_that_is_silent_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    made = dns.resolver.Resolver(configure=False)
    made.nameservers, made.port, made.lifetime = ["127.0.0.1"], 1, 0.3
    monkeypatch.setattr(discovery, "resolver", lambda: made)
    with pytest.raises(Unreachable):
        discovery.mx("desk.example")


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        places = {"/away": "http://127.0.0.1:1/", "/config": ""}
        self.send_response(302 if places.get(self.path) else 200 if self.path in places else 404)
        self.send_header("Location", places.get(self.path, ""))
        self.end_headers()
        self.wfile.write(XML if self.path == "/config" else b"x" * 300_000 if self.path == "/huge" else b"")

    def log_message(self, *_: object) -> None:
        pass


def test_pages_come_by_verified_https_only(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Pages)
    server.socket = certificates.good.context().wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    base = f"https://localhost:{server.server_address[1]}"
    assert discovery.fetch(f"{base}/config") is None
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
    assert discovery.fetch(f"{base}/config") == XML
    assert discovery.fetch(f"{base}/away") is None
    assert discovery.fetch(f"{base}/huge") is None
    assert discovery.fetch("https://127.0.0.1:1/config") is None
    server.shutdown()
    server.server_close()
