"""Calling a robot: one message, one answer, nothing of the address in what is said of it.

WeCom, DingTalk and Feishu are called from here, since they answer 200 to what they refuse and say
so in the body alone, which Apprise does not read. What else Apprise can reach is its own work, in a
process that can connect to the one allowed host and no other (`gateway.py`).

Either way `agencies.outgoing` says which addresses may be called, and until when.
"""

import base64
import datetime as dt
import hashlib
import hmac
import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_noop

from agencies import outgoing
from agencies.models import RobotKind
from agencies.outgoing import HTTP_ERROR, NO_CONNECTION, SENT_ON, TOO_LATE, CallError
from agencies.robots.addresses import OFFICIAL, RobotAddress

# In UTF-8. WeCom takes 2,048 of a text, the others more: a group reads a short message.
LONGEST_TEXT = 2_000

# Kept in English beside the message: whoever shows one to a person translates it then.
STRANGE = gettext_noop("The host answered something else than this product does.")
REFUSED = gettext_noop("The product refused the message.")
NO_ROBOT = gettext_noop("The product knows no robot at this address; enter its new address.")
NO_SIGNATURE = gettext_noop("The signature does not fit; enter address and secret again.")
NO_KEYWORD = gettext_noop("The robot passes only messages with its keywords; add 试点任务 to them.")
NO_IP = gettext_noop("The robot passes only certain IP addresses; add that of this service.")
TOO_MANY = gettext_noop("The robot gets too many messages at present.")
# By the product's own code and, where one code says several things, by words of its answer.
SAID: Mapping[RobotKind, Mapping[tuple[int, str], str]] = {
    RobotKind.WECOM: {(93000, ""): NO_ROBOT, (45009, ""): TOO_MANY},
    RobotKind.DINGTALK: {
        (310000, "keyword"): NO_KEYWORD,
        (310000, "sign"): NO_SIGNATURE,
        (310000, "timestamp"): NO_SIGNATURE,
        (310000, "whitelist"): NO_IP,
        (300005, ""): NO_ROBOT,
        (400101, ""): NO_ROBOT,
        (130101, ""): TOO_MANY,
        (410100, ""): TOO_MANY,
    },
    RobotKind.FEISHU: {
        (19001, ""): NO_ROBOT,
        (19021, ""): NO_SIGNATURE,
        (19022, ""): NO_IP,
        (19024, ""): NO_KEYWORD,
        (11232, ""): TOO_MANY,
    },
}


def robot_tell(*, address: RobotAddress, title: str, text: str, now: dt.datetime) -> None:
    """Say `text` under `title` in the robot's group. Raises CallError where it did not arrive."""
    if address.kind == RobotKind.OTHER:
        _tell_by_apprise(address, title, text)
        return
    path, payload = request_of(address, f"{title}\n{text}", now)
    answer = outgoing.posted(
        address,
        path,
        json.dumps(payload, ensure_ascii=False).encode(),
        {"Content-Type": "application/json; charset=utf-8"},
        is_on_the_internet=_is_on_the_internet(address),
    )
    _answer_check(address, answer.status, answer.body)


def request_of(address: RobotAddress, text: str, now: dt.datetime) -> tuple[str, dict[str, Any]]:
    """Path and body of the product's request for a text, signed where the robot has a secret."""
    token, secret = address.token, address.secret
    if address.kind == RobotKind.WECOM:
        return f"/cgi-bin/webhook/send?key={token}", {"msgtype": "text", "text": {"content": text}}
    if address.kind == RobotKind.DINGTALK:
        query = {"access_token": token}
        if secret:
            moment = str(round(now.timestamp() * 1_000))
            query |= {"timestamp": moment, "sign": _hmac(secret, f"{moment}\n{secret}")}
        return f"/robot/send?{urlencode(query)}", {"msgtype": "text", "text": {"content": text}}
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if secret:
        moment = str(round(now.timestamp()))
        body |= {"timestamp": moment, "sign": _hmac(f"{moment}\n{secret}", "")}
    return f"/open-apis/bot/v2/hook/{token}", body


def _is_on_the_internet(address: RobotAddress) -> bool:
    """The hosts of the three products are; a gateway may be of one's own network."""
    return address.host in OFFICIAL.values()


def _hmac(key: str, message: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), message.encode(), hashlib.sha256)).decode()


# --- The answer ---------------------------------------------------------------------------------


def _answer_check(address: RobotAddress, status: int, answer: bytes) -> None:
    """Raise CallError unless the answer is that of a message taken."""
    if 300 <= status < 400:
        raise CallError(SENT_ON, f"HTTP {status}")
    told = _told(answer)
    if told is None:
        raise CallError(STRANGE if status == 200 else HTTP_ERROR, f"HTTP {status}")
    code, words = told
    if code == 0 and status == 200:
        return
    for secret in filter(None, (address.token, address.secret)):
        words = words.replace(secret, "…")
    said = " ".join(f"{code} {words}".split())[:200]
    for (known, word), sentence in SAID[address.kind].items():
        if code == known and word in words.lower():
            raise CallError(sentence, said)
    raise CallError(REFUSED, said)


def _told(answer: bytes) -> tuple[int, str] | None:
    """Code and words of a product's answer; None where it is none."""
    try:
        body = json.loads(answer)
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    for code, words in (("errcode", "errmsg"), ("code", "msg"), ("StatusCode", "StatusMessage")):
        if type(body.get(code)) is int:
            return body[code], str(body.get(words, ""))
    return None


# --- What else Apprise can reach ------------------------------------------------------------------


def _tell_by_apprise(address: RobotAddress, title: str, text: str) -> None:
    job = {
        "address": address.token,
        "title": title,
        "text": text,
        "host": address.host,
        "port": address.port,
        "ips": outgoing.addresses_of(address, is_on_the_internet=_is_on_the_internet(address)),
        "seconds": outgoing.DEADLINE,
    }
    try:
        done = subprocess.run(  # noqa: S603 - a file of ours, and nothing in its arguments
            [sys.executable, "-I", str(Path(__file__).with_name("gateway.py"))],
            input=json.dumps(job).encode(),
            capture_output=True,
            # It starts first, which takes a second or two.
            timeout=outgoing.DEADLINE + 8,
            check=False,
            env=dict(_surroundings()),
        )
    except subprocess.TimeoutExpired:
        # Without its cause, which holds what was handed in.
        raise CallError(TOO_LATE, is_unreachable=True) from None
    if done.returncode:
        said = done.stdout.decode(errors="replace")[:200]
        raise CallError(HTTP_ERROR if said else NO_CONNECTION, said, is_unreachable=not said)


def _surroundings() -> Iterator[tuple[str, str]]:
    """What the process finds in its environment: no proxy, no settings, the system's certificates,
    among which those of an own authority are."""
    yield "NETRC", os.devnull
    paths = ssl.get_default_verify_paths()
    certificates = paths.cafile or paths.capath
    if certificates:
        yield "REQUESTS_CA_BUNDLE", certificates
