"""A message is either taken by the product, or the person learns why not, and never the address."""

import base64
import contextlib
import datetime as dt
import hashlib
import hmac
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from agencies import outgoing
from agencies.outgoing import CallError
from agencies.robots import calling, robot_address_read, robot_tell
from agencies.tests.robots import (
    DINGTALK_PATH,
    FEISHU_PATH,
    FEISHU_TAKEN,
    WECOM_PATH,
    Product,
    product,
    socket_that,
)
from conftest import NOW

pytestmark = pytest.mark.services


@pytest.fixture
def robot(settings: Settings) -> Iterator[Product]:
    with product() as started:
        settings.ROBOT_HOSTS = frozenset({started.origin})
        yield started


def tell(address: str, secret: str = "", text: str = "任务4《数据》") -> None:
    robot_tell(address=robot_address_read(address, secret=secret), title="催报", text=text, now=NOW)


def refusal(address: str, secret: str = "") -> CallError:
    with pytest.raises(CallError) as refused:
        tell(address, secret)
    return refused.value


def test_each_product_gets_its_own_kind_of_text(robot: Product) -> None:
    tell(robot.origin + WECOM_PATH)
    tell(robot.origin + DINGTALK_PATH)
    robot.answer = FEISHU_TAKEN
    tell(robot.origin + FEISHU_PATH)
    text = "催报\n任务4《数据》"
    assert robot.asked == [
        (WECOM_PATH, {"msgtype": "text", "text": {"content": text}}),
        (DINGTALK_PATH, {"msgtype": "text", "text": {"content": text}}),
        (FEISHU_PATH, {"msg_type": "text", "content": {"text": text}}),
    ]


def test_dingtalk_and_feishu_are_signed_as_they_ask(robot: Product) -> None:
    tell(robot.origin + DINGTALK_PATH, secret="SECabc")
    query = parse_qs(urlsplit(robot.asked[0][0]).query)
    moment = str(int(NOW.timestamp() * 1000))
    digest = hmac.new(b"SECabc", f"{moment}\nSECabc".encode(), hashlib.sha256).digest()
    assert query["timestamp"] == [moment]
    assert query["sign"] == [base64.b64encode(digest).decode()]
    robot.answer = FEISHU_TAKEN
    tell(robot.origin + FEISHU_PATH, secret="fei")
    body = robot.asked[1][1]
    moment = str(int(NOW.timestamp()))
    digest = hmac.new(f"{moment}\nfei".encode(), b"", hashlib.sha256).digest()
    assert (body["timestamp"], body["sign"]) == (moment, base64.b64encode(digest).decode())


@pytest.mark.parametrize(
    ("path", "answer", "sentence"),
    [
        (WECOM_PATH, {"errcode": 93000, "errmsg": "invalid webhook url"}, calling.NO_ROBOT),
        (WECOM_PATH, {"errcode": 45009, "errmsg": "api freq out of limit"}, calling.TOO_MANY),
        (WECOM_PATH, {"errcode": 40058, "errmsg": "content exceed"}, calling.REFUSED),
        (
            DINGTALK_PATH,
            {"errcode": 310000, "errmsg": "keywords not in content"},
            calling.NO_KEYWORD,
        ),
        (DINGTALK_PATH, {"errcode": 310000, "errmsg": "sign not match"}, calling.NO_SIGNATURE),
        (
            DINGTALK_PATH,
            {"errcode": 310000, "errmsg": "ip 1.2.3.4 not in whitelist"},
            calling.NO_IP,
        ),
        (DINGTALK_PATH, {"errcode": 300005, "errmsg": "token is not exist"}, calling.NO_ROBOT),
        (FEISHU_PATH, {"code": 19001, "msg": "param invalid"}, calling.NO_ROBOT),
        (FEISHU_PATH, {"code": 19021, "msg": "sign match fail"}, calling.NO_SIGNATURE),
        (FEISHU_PATH, {"code": 19024, "msg": "Key Words Not Found"}, calling.NO_KEYWORD),
        (WECOM_PATH, b"<html>portal</html>", calling.STRANGE),
        (WECOM_PATH, {"ok": True}, calling.STRANGE),
    ],
)
def test_an_answer_of_200_that_refuses_is_no_success(
    robot: Product, path: str, answer: Any, sentence: str
) -> None:
    robot.answer = answer
    error = refusal(robot.origin + path)
    assert error.sentence == sentence
    assert not error.is_unreachable


def test_what_a_product_echoes_of_the_address_is_left_out(robot: Product) -> None:
    key = WECOM_PATH.partition("key=")[2]
    robot.answer = {"errcode": 93000, "errmsg": f"invalid key {key} in url"}
    assert key not in str(refusal(robot.origin + WECOM_PATH))
    assert key not in repr(robot_address_read(robot.origin + WECOM_PATH))


def test_a_status_that_is_no_success_is_told(robot: Product) -> None:
    robot.status, robot.answer = 500, b"oops"
    error = refusal(robot.origin + WECOM_PATH)
    assert (error.sentence, error.said) == (outgoing.HTTP_ERROR, "HTTP 500")


def test_a_redirect_is_followed_nowhere(robot: Product) -> None:
    with socket_that() as (port, seen):
        for status in (301, 302, 307, 308):
            robot.status = status
            robot.headers = {"Location": f"http://127.0.0.1:{port}/"}
            assert refusal(robot.origin + WECOM_PATH).sentence == outgoing.SENT_ON
    assert not seen


def test_a_slow_product_is_waited_for_and_a_silent_one_is_not(
    robot: Product, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    robot.waits = 0.5
    tell(robot.origin + WECOM_PATH)
    monkeypatch.setattr(outgoing, "DEADLINE", 0.7)

    def drip(line: socket.socket) -> None:
        # Never silent for long, and never done.
        with line:
            line.settimeout(0.2)
            try:
                line.sendall(b"HTTP/1.1 200 OK\r\n")
                for _ in range(30):
                    line.sendall(b"X-Still: there\r\n")
                    time.sleep(0.1)
            except OSError:
                pass

    held: list[socket.socket] = []
    for does in (held.append, drip):
        with socket_that(does) as (port, seen):
            settings.ROBOT_HOSTS = frozenset({f"http://127.0.0.1:{port}"})
            began = time.monotonic()
            error = refusal(f"http://127.0.0.1:{port}{WECOM_PATH}")
            assert (error.sentence, error.is_unreachable) == (outgoing.TOO_LATE, True)
            assert time.monotonic() - began < 2
            assert seen
    for line in held:
        line.close()


def test_nobody_there_and_no_such_name_are_told_apart(settings: Settings) -> None:
    settings.ROBOT_HOSTS = frozenset({"http://127.0.0.1:9", "https://no-such-host.invalid:443"})
    assert refusal("http://127.0.0.1:9" + WECOM_PATH).sentence == outgoing.NO_CONNECTION
    assert refusal("https://no-such-host.invalid" + WECOM_PATH).sentence == outgoing.NO_NAME


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::ffff:127.0.0.1"])
def test_a_product_whose_name_leads_inside_is_not_called(
    monkeypatch: pytest.MonkeyPatch, ip: str
) -> None:
    with socket_that() as (port, seen):
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        answer = [(family, socket.SOCK_STREAM, 6, "", (ip, port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: answer)
        error = refusal("https://qyapi.weixin.qq.com" + WECOM_PATH)
    assert error.sentence == outgoing.INSIDE
    assert not seen


def certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """A certificate of its own authority for the host, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate_file, key_file


@contextlib.contextmanager
def speaking_tls(folder: Path, host: str) -> Iterator[tuple[int, Path, list[bytes]]]:
    """A WeCom of one's own for this host: its port, its certificate, what it was sent."""
    file, key = certificate(folder, host)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file, key)
    received: list[bytes] = []

    def answer(line: socket.socket) -> None:
        try:
            with context.wrap_socket(line, server_side=True) as safe:
                received.append(b"")
                while not received[-1].endswith(b"}"):
                    received[-1] += safe.recv(4_000)
                safe.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"errcode":0}')
        except OSError:
            pass

    with socket_that(answer) as (port, _seen):
        yield port, file, received


def test_a_host_needs_a_certificate_that_this_machine_trusts(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(outgoing, "addresses_of", lambda _, **_kinds: ["127.0.0.1"])
    with speaking_tls(tmp_path, "localhost") as (port, file, received):
        settings.ROBOT_HOSTS = frozenset({f"https://localhost:{port}"})
        product, gateway = f"https://localhost:{port}{WECOM_PATH}", f"jsons://localhost:{port}/hook"
        assert refusal(product).sentence == outgoing.NO_CERTIFICATE
        assert refusal(gateway).sentence == outgoing.NO_CONNECTION
        assert not received
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        tell(product)
        tell(gateway)
    assert [one.partition(b" HTTP/1.1")[0] for one in received] == [
        b"POST " + WECOM_PATH.encode(),
        b"POST /hook",
    ]
    assert all(f"Host: localhost:{port}".encode() in one for one in received)


def test_other_gateways_are_told_by_apprise(robot: Product) -> None:
    tell(f"json://127.0.0.1:{robot.port}/hook/pilot")
    path, body = robot.asked[0]
    assert path.startswith("/hook/pilot")
    assert (body["title"], body["message"]) == ("催报", "任务4《数据》")
    robot.status = 503
    error = refusal(f"json://127.0.0.1:{robot.port}/hook/pilot")
    assert (error.sentence, error.said) == (outgoing.HTTP_ERROR, "HTTP 503")


def test_apprise_connects_to_the_allowed_host_alone(robot: Product) -> None:
    with socket_that() as (port, seen):
        robot.status, robot.headers = 307, {"Location": f"http://127.0.0.1:{port}/"}
        refusal(f"json://127.0.0.1:{robot.port}/hook")
        assert not seen
