"""A request goes to an address that was judged, keeps the name it was sent to, and comes back whatever is answered."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.core.egress import Address, Allowed
from app.core.outgoing import Answer, Failure, Outgoing, Resolve, Unresolved, resolve

LOCAL, PUBLIC = ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("93.184.215.14")
NAME = "desk.example"


def leads_to(*answers: list[Address]) -> Resolve:
    """A name that leads elsewhere each time it is asked for."""
    left = list(answers)

    async def answer(_: str, __: int) -> list[Address]:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


async def post(outgoing: Outgoing, url: str) -> Answer:
    try:
        return await outgoing.post(url, {"content-type": "application/json"}, b"{}")
    finally:
        await outgoing.close()


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of a name, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    made = x509.CertificateBuilder().subject_name(named).issuer_name(named).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - day).not_valid_after(now + day)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private = key.private_bytes(pem, form, serialization.NoEncryption())
    path = tmp_path / "certificate.pem"
    path.write_bytes(private + made.sign(key, hashes.SHA256()).public_bytes(pem))
    return path


@pytest.fixture
async def port(certificate: Path, heard: list[str]) -> AsyncIterator[int]:
    """A TLS server that has this certificate and remembers the Host it was asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            heard.append(next(line for line in head.split("\r\n") if line.lower().startswith("host:")))
            writer.write(b"HTTP/1.1 204 x\r\nconnection: close\r\n\r\n")
            await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture
def outgoing(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Outgoing:
    """What goes out to this machine alone, believing in that certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return Outgoing(Allowed.of(["127.0.0.0/8"]), 5.0, leads_to([LOCAL]))


async def test_the_name_is_kept_for_the_certificate_and_the_host(
    outgoing: Outgoing, port: int, heard: list[str]
) -> None:
    answer = await post(outgoing, f"https://{NAME}:{port}/")
    assert (answer.status, answer.failure) == (204, None)
    assert heard == [f"Host: {NAME}:{port}"]


async def test_a_certificate_of_another_name_is_refused(outgoing: Outgoing, port: int, heard: list[str]) -> None:
    answer = await post(outgoing, f"https://other.example:{port}/")
    assert (answer.status, answer.failure, heard) == (None, Failure.TLS, [])


async def test_a_name_that_turns_to_this_machine_reaches_nothing(port: int, heard: list[str]) -> None:
    """It was public when it was judged before: each connection is judged by the very address it goes to."""
    rebinding = leads_to([LOCAL])
    answer = await post(Outgoing(Allowed(), 2.0, rebinding), f"https://{NAME}:8443/")
    assert (answer.status, answer.failure) == (None, Failure.ADDRESS)
    both = await post(Outgoing(Allowed(), 2.0, leads_to([PUBLIC, LOCAL])), f"https://{NAME}/")
    assert both.failure == Failure.ADDRESS
    assert heard == []


async def test_a_connection_goes_to_the_address_that_was_judged_and_the_name_is_asked_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Address] = []
    tried: list[str] = []

    async def turning(_: str, __: int) -> list[Address]:
        asked.append(PUBLIC if not asked else LOCAL)
        return [asked[-1]]

    async def connect(host: str, *_: object, **__: object) -> tuple[object, object]:
        tried.append(host)
        raise OSError

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", lambda _, host, *__, **___: connect(host))
    answer = await post(Outgoing(Allowed(), 2.0, turning), f"https://{NAME}/")
    assert answer.failure == Failure.CONNECT
    assert (asked, tried) == ([PUBLIC], [str(PUBLIC)])


async def test_a_name_that_leads_nowhere_is_no_way_round() -> None:
    async def nowhere(_: str, __: int) -> list[Address]:
        raise Unresolved

    assert (await post(Outgoing(Allowed(), 2.0, nowhere), f"https://{NAME}/")).failure == Failure.NAME
    assert (await post(Outgoing(Allowed(), 2.0, leads_to([])), f"https://{NAME}/")).failure == Failure.ADDRESS
    with pytest.raises(Unresolved):
        await resolve("nowhere.invalid", 443)
    assert set(await resolve("localhost", 443)) <= {LOCAL, ipaddress.ip_address("::1")}


async def test_proxies_of_the_environment_are_not_asked(
    outgoing: Outgoing, port: int, heard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await post(outgoing, f"https://{NAME}:{port}/")).status == 204
    assert heard
