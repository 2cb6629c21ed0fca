"""Calling hosts outside: the one place from which group robots, webhooks and the city's sign-on are
called.

People type the addresses, so none of them may make this machine call one of its own network. The
host's name is resolved first and its addresses are looked at; the connection goes to one of these.
Nothing follows a redirect or asks a proxy of the environment. Once there is a line, everything ends
at `DEADLINE`; before it come the look-up and `CONNECT_SECONDS` for each address.
"""

import contextlib
import http.client
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from django.utils.translation import gettext_noop

CONNECT_SECONDS = 4
DEADLINE = 12
LONGEST_ANSWER = 10_000
LONGEST_ADDRESS = 500
# Plain characters alone: no user names, no backslashes, no fragments, no letters of other scripts,
# so that no two readers of an address can disagree on its host.
ADDRESS = re.compile(
    r"(?P<scheme>[A-Za-z]+)://(?P<host>[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<rest>/[A-Za-z0-9._~%=&?/+-]*)?"
)
PORTS = {"http": 80, "https": 443}

# Kept in English beside what was sent: whoever shows one to a person translates it then.
NO_NAME = gettext_noop("The host's name cannot be resolved.")
INSIDE = gettext_noop("The host's name leads to an address that is not called.")
NO_CONNECTION = gettext_noop("No connection to the host.")
NO_CERTIFICATE = gettext_noop("The host has no valid certificate.")
TOO_LATE = gettext_noop("The host did not answer in time.")
SENT_ON = gettext_noop("The host sends on to another address, which is not followed.")
HTTP_ERROR = gettext_noop("The host answered with an error.")


class Host(Protocol):
    """Where to call: scheme http or https, a host's name or number, a port."""

    @property
    def scheme(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...


class CallError(Exception):
    """What was sent did not arrive. `sentence` says why, `said` what was answered, if anything;
    `is_unreachable` where the host and not this one address at it is what failed, and `is_unsaid`
    where it failed before it was told anything, so that nothing can have arrived."""

    def __init__(
        self,
        sentence: str,
        said: str = "",
        *,
        is_unreachable: bool = False,
        is_unsaid: bool = False,
    ) -> None:
        self.sentence, self.said = sentence, said
        self.is_unreachable, self.is_unsaid = is_unreachable or is_unsaid, is_unsaid
        super().__init__(f"{sentence} ({said})" if said else sentence)


class Answer(NamedTuple):
    """What a host answered: the status, the first bytes of the body, and `Retry-After` as it stood
    there, "" without one."""

    status: int
    body: bytes
    retry_after: str


def origin_of(host: Host) -> str:
    """As the settings that allow hosts have it: scheme, host and port, https://host:443."""
    return f"{host.scheme}://{host.host}:{host.port}"


def place_of(origin: str) -> str:
    """The host as people read it, with its port where that is another than usual."""
    parts = urlsplit(origin)
    usual = parts.port == PORTS[parts.scheme]
    return f"{parts.hostname}" if usual else f"{parts.hostname}:{parts.port}"


def posted(
    host: Host,
    path: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    is_on_the_internet: bool = False,
) -> Answer:
    """The answer to what is posted there, with the first LONGEST_ANSWER bytes of its body.

    Raises CallError where there is none. `is_on_the_internet`: as of `addresses_of`.
    """
    return called(
        "POST",
        host,
        path,
        headers,
        body=body,
        longest=LONGEST_ANSWER,
        is_on_the_internet=is_on_the_internet,
    )


def called(
    method: str,
    host: Host,
    path: str,
    headers: Mapping[str, str],
    *,
    longest: int,
    body: bytes | None = None,
    is_on_the_internet: bool = False,
) -> Answer:
    """The same for any method, and the first `longest` bytes of the body."""
    line, is_unsaid = _line_to(host, is_on_the_internet=is_on_the_internet), True
    expired = threading.Event()

    def end() -> None:
        # Past the TLS layer, which must not be taken down under the thread that reads from it.
        expired.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)

    timer = threading.Timer(DEADLINE, end)
    timer.daemon = True
    timer.start()
    try:
        if isinstance(line, ssl.SSLSocket):
            line.do_handshake()
        connection = http.client.HTTPConnection(host.host, host.port)
        connection.sock = line
        is_unsaid = False
        connection.request(method, path, body, {**headers, "Connection": "close"})
        response = connection.getresponse()
        said = response.read(longest)
        # A line that was cut reads like one that has ended.
        if not expired.is_set():
            return Answer(response.status, said, response.headers.get("Retry-After", ""))
        raise TimeoutError
    except ssl.SSLCertVerificationError as error:
        raise CallError(NO_CERTIFICATE, is_unsaid=True) from error
    except TimeoutError as error:
        raise CallError(TOO_LATE, is_unreachable=True, is_unsaid=is_unsaid) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        sentence = TOO_LATE if expired.is_set() else NO_CONNECTION
        raise CallError(sentence, is_unreachable=True, is_unsaid=is_unsaid) from error
    finally:
        timer.cancel()
        line.close()


def _line_to(host: Host, *, is_on_the_internet: bool) -> socket.socket:
    """A line to the host, over TLS (before its handshake) where its address says https."""
    for ip in addresses_of(host, is_on_the_internet=is_on_the_internet):
        with contextlib.suppress(OSError):
            line = socket.create_connection((ip, host.port), CONNECT_SECONDS)
            break
    else:
        raise CallError(NO_CONNECTION, is_unsaid=True)
    line.settimeout(DEADLINE)
    if host.scheme == "http":
        return line
    return ssl.create_default_context().wrap_socket(
        line, server_hostname=host.host, do_handshake_on_connect=False
    )


def addresses_of(host: Host, *, is_on_the_internet: bool) -> list[str]:
    """The IP addresses of the host, at most three, if all of them may be called.

    `is_on_the_internet`: where the host is, so none of its addresses may be of a private network.
    Another is named in the settings by whoever runs the service, but no loopback or link-local
    address is one, unless its number is what is named there. Raises CallError.
    """
    try:
        found = socket.getaddrinfo(host.host, host.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CallError(NO_NAME, is_unsaid=True) from error
    ips = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    if not all(_may_be_called(ip, host.host, is_on_the_internet) for ip in ips):
        raise CallError(INSIDE, is_unreachable=True)
    return ips[:3]


def _may_be_called(ip: str, host: str, is_on_the_internet: bool) -> bool:
    if ip == host:
        return True
    number = ipaddress.ip_address(ip.partition("%")[0])
    if isinstance(number, ipaddress.IPv6Address):
        number = number.ipv4_mapped or number
    if is_on_the_internet:
        return number.is_global and not number.is_multicast
    return not (
        number.is_loopback
        or number.is_link_local
        or number.is_unspecified
        or number.is_multicast
        or number.is_reserved
    )
