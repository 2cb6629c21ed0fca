"""No address that somebody types makes this machine connect anywhere but to the allowed hosts."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from agencies.models import AgencyRobot, RobotKind
from agencies.outgoing import CallError
from agencies.robots import (
    RobotAddress,
    calling,
    keeping,
    robot_address,
    robot_address_read,
    robot_save,
    robot_tell,
)
from agencies.sealing import sealed
from agencies.tests.robots import DINGTALK_PATH, FEISHU_PATH, WECOM_PATH, product, socket_that
from conftest import NOW, Cast

pytestmark = pytest.mark.services


def kept(address: str, secret: str = "") -> str:
    """As it lies in the database, however it came there."""
    return sealed({"address": address, "secret": secret}, purpose=keeping.PURPOSE)


def hostile(port: int) -> Sequence[str]:
    """Addresses that would reach the port, or something inside, if they were called."""
    here = f"127.0.0.1:{port}"
    return [
        f"http://{here}{WECOM_PATH}",
        f"https://{here}{WECOM_PATH}",
        f"http://localhost:{port}{WECOM_PATH}",
        f"http://localhost.localdomain:{port}{WECOM_PATH}",
        f"http://2130706433:{port}{WECOM_PATH}",
        f"http://0x7f000001:{port}{WECOM_PATH}",
        f"http://0177.0.0.1:{port}{WECOM_PATH}",
        f"http://127.1:{port}{WECOM_PATH}",
        f"http://0:{port}{WECOM_PATH}",
        f"http://[::1]:{port}{WECOM_PATH}",
        f"http://[::ffff:127.0.0.1]:{port}{WECOM_PATH}",
        f"http://127.0.0.1.nip.io:{port}{WECOM_PATH}",
        f"https://qyapi.weixin.qq.com@{here}{WECOM_PATH}",
        f"https://qyapi.weixin.qq.com:443@{here}{WECOM_PATH}",
        f"https://{here}\\@qyapi.weixin.qq.com{WECOM_PATH}",
        f"https://{here}#@qyapi.weixin.qq.com{WECOM_PATH}",
        f"https://{here}?@qyapi.weixin.qq.com{WECOM_PATH}",
        f"https://qyapi.weixin.qq.com%2f@{here}{WECOM_PATH}",
        f"https://qyapi.weixin.qq.com#@{here}{WECOM_PATH}",
        f"https://qyapi.weixin.qq.com:{port}{WECOM_PATH}",
        f"http://qyapi.weixin.qq.com:{port}{WECOM_PATH}",
        f"http://qyapi.weixin.qq.com{WECOM_PATH}",
        f"https://qyapi.weixin.qq.com.localhost:{port}{WECOM_PATH}",
        f"https://localhost.qyapi.weixin.qq.com.evil.example:{port}{WECOM_PATH}",
        f"https://qyapi。weixin。qq。com:{port}{WECOM_PATH}",
        f"https://ｑyapi.weixin.qq.com:{port}{WECOM_PATH}",
        f"https://%71yapi.weixin.qq.com{WECOM_PATH}",
        f"https://qyapi.weixin.qq.com.{WECOM_PATH}",
        f"//{here}{WECOM_PATH}",
        f"http:{here}{WECOM_PATH}",
        f"http:\\\\{here}{WECOM_PATH}",
        f"http://{here}\t{WECOM_PATH}",
        f"https://qyapi.weixin.qq.com{WECOM_PATH}\r\nHost: {here}",
        f"https://qyapi.weixin.qq.com{WECOM_PATH}&x=@{here}",
        f"https://oapi.dingtalk.com{DINGTALK_PATH}\x00@{here}",
        f"https://open.feishu.cn{FEISHU_PATH}/../../../../{here}",
        f"https://open.feishu.cn//{here}{FEISHU_PATH}",
        f"json://{here}/hook",
        f"jsons://{here}/hook",
        f"json://qyapi.weixin.qq.com:443@{here}/hook",
        f"jsons://qyapi.weixin.qq.com/hook?redirect=yes&+Host={here}",
        f"form://{here}/hook",
        f"xml://{here}/hook",
        f"gotify://{here}/token",
        f"mmost://{here}/token",
        f"apprise://{here}/token",
        f"mailto://user:pass@{here}?to=a@example.org",
        f"mailtos://{here}",
        f"syslog://{here}",
        f"rsyslog://{here}",
        f"mqtt://{here}/topic",
        f"smpp://u:p@{here}/1/2",
        f"xmpp://u:p@{here}",
        "dbus://",
        "exec:///bin/true",
        "macosx://",
        "file:///etc/passwd",
        f"gopher://{here}/_",
        f"ftp://{here}/",
        f"dingtalk://{here}/",
        f"wecombot://key@{here}/",
        f"wecombot://key/?key=a&x=http://{here}",
        "http://169.254.169.254/latest/meta-data/",
        "javascript:alert(1)",
        "",
    ]


def test_none_is_stored_and_none_is_called(cast: Cast, settings: Settings) -> None:
    agency = cast.reporter.agency
    assert agency is not None
    with socket_that() as (port, seen):
        for address in hostile(port):
            with pytest.raises(ValidationError) as refused:
                robot_address_read(address)
            assert set(refused.value.message_dict) == {"address"}, address
            with pytest.raises(ValidationError):
                robot_save(
                    agency=agency,
                    by=cast.administrator,
                    now=NOW,
                    name="综合处",
                    address=address,
                    secret="",
                )
            # However it may have come into the database.
            robot = AgencyRobot(kind=RobotKind.WECOM, sealed=kept(address))
            with pytest.raises(ValidationError):
                robot_address(robot)
        assert not AgencyRobot.objects.exists()
        assert not seen


def test_what_was_allowed_when_it_was_stored_and_is_not_any_more_is_not_called(
    cast: Cast, settings: Settings
) -> None:
    agency = cast.reporter.agency
    assert agency is not None
    with product() as allowed:
        settings.ROBOT_HOSTS = frozenset({allowed.origin})
        robot = robot_save(
            agency=agency,
            by=cast.administrator,
            now=NOW,
            name="综合处",
            address=allowed.origin + WECOM_PATH,
            secret="",
        )
        robot_tell(address=robot_address(robot), title="催报", text="一", now=NOW)
        settings.ROBOT_HOSTS = frozenset({"https://qyapi.weixin.qq.com:443"})
        with pytest.raises(ValidationError):
            robot_address(robot)
    assert len(allowed.asked) == 1


def test_the_process_of_apprise_can_reach_one_host_and_begin_nothing(tmp_path: Path) -> None:
    gateway = str(Path(calling.__file__).with_name("gateway.py"))
    with product() as allowed, socket_that() as (port, seen):
        job = {
            "address": f"json://127.0.0.1:{allowed.port}/hook",
            "title": "催报",
            "text": "一",
            "host": "127.0.0.1",
            "port": allowed.port,
            "ips": ["127.0.0.1"],
            "seconds": 2,
        }
        for change in ({"port": port}, {"ips": ["127.0.0.2"]}, {"host": "localhost"}):
            done = subprocess.run(
                [sys.executable, "-I", gateway],
                input=json.dumps(job | change).encode(),
                capture_output=True,
                check=False,
            )
            assert done.returncode == 1
        tries = f"""
import runpy, socket, os, subprocess
guard = runpy.run_path({gateway!r})["guard"]
guard("127.0.0.1", {allowed.port}, ["127.0.0.1"])
held = 0
for act in (
    lambda: socket.create_connection(("127.0.0.1", {port})),
    lambda: socket.getaddrinfo("localhost", {port}),
    lambda: socket.socket(socket.AF_UNIX).connect("/dev/log"),
    lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", {port})),
    lambda: os.system("true"),
    lambda: os.fork(),
    lambda: subprocess.run(["true"]),
):
    try:
        act()
    except PermissionError:
        held += 1
socket.create_connection(("127.0.0.1", {allowed.port})).close()
print(held)
"""
        done = subprocess.run([sys.executable, "-c", tries], capture_output=True, check=False)
        assert done.stdout.strip() == b"7", done.stderr
        assert not seen
        assert not allowed.asked


@pytest.mark.parametrize(
    ("pasted", "kind", "origin"),
    [
        (f"https://qyapi.weixin.qq.com{WECOM_PATH}", "wecom", "https://qyapi.weixin.qq.com:443"),
        (
            f" HTTPS://QYAPI.weixin.qq.com:443{WECOM_PATH} ",
            "wecom",
            "https://qyapi.weixin.qq.com:443",
        ),
        (f"https://oapi.dingtalk.com{DINGTALK_PATH}", "dingtalk", "https://oapi.dingtalk.com:443"),
        (f"https://open.feishu.cn{FEISHU_PATH}", "feishu", "https://open.feishu.cn:443"),
        ("wecombot://a-KEY_1/", "wecom", "https://qyapi.weixin.qq.com:443"),
        ("dingtalk://SECx@abc123/", "dingtalk", "https://oapi.dingtalk.com:443"),
        ("feishu://a-b-c", "feishu", "https://open.feishu.cn:443"),
        (f"https://im.example.cn:8443{WECOM_PATH}", "wecom", "https://im.example.cn:8443"),
        ("jsons://im.example.cn:8443/pilot/hook", "other", "https://im.example.cn:8443"),
    ],
)
def test_what_products_show_and_apprise_writes_is_read(
    settings: Settings, pasted: str, kind: str, origin: str
) -> None:
    settings.ROBOT_HOSTS |= {"https://im.example.cn:8443"}
    read = robot_address_read(pasted)
    assert (read.kind, read.origin) == (kind, origin)


def test_a_signing_secret_stands_with_the_products_that_sign(settings: Settings) -> None:
    assert robot_address_read("dingtalk://SECx@abc123/").secret == "SECx"
    assert robot_address_read(f"https://open.feishu.cn{FEISHU_PATH}", secret=" s ").secret == "s"
    for address, secret in (
        (f"https://qyapi.weixin.qq.com{WECOM_PATH}", "SECx"),
        (f"https://oapi.dingtalk.com{DINGTALK_PATH}", "SEC x\r\n"),
    ):
        with pytest.raises(ValidationError) as refused:
            robot_address_read(address, secret=secret)
        assert set(refused.value.message_dict) == {"secret"}


def test_what_cannot_be_opened_any_more_has_to_be_entered_again(
    cast: Cast, settings: Settings
) -> None:
    lies = kept(f"https://open.feishu.cn{FEISHU_PATH}", "s3cret")
    robot = AgencyRobot(sealed=lies)
    assert "s3cret" not in lies
    assert FEISHU_PATH not in lies
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-of-this-installation" * 2
    with pytest.raises(ValidationError, match="请重新填写"):
        robot_address(robot)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert robot_address(robot).secret == "s3cret"


def test_an_address_of_apprise_that_two_readers_read_differently_is_not_called() -> None:
    """Whoever widens the expression of addresses finds it held here."""
    with socket_that() as (port, seen):
        token = f"json://127.0.0.1:{port}/x"
        address = RobotAddress(RobotKind.OTHER, "http", "127.0.0.1", 1, token)
        with pytest.raises(CallError):
            robot_tell(address=address, title="催报", text="一", now=NOW)
    assert not seen
