"""One message by Apprise, in a process of its own that can reach one host and nothing else.

Run as a file, without Django: reads a job as JSON and ends with 0 where the message was taken; else
prints the HTTP status that was answered, if any. Before Apprise reads the address the
interpreter itself refuses every other connection, look-up and program: what a redirect, an address
that was misread, or a later release of Apprise would do cannot happen.
"""

import importlib
import json
import logging
import re
import sys
from typing import Any

PLUGINS = {
    "form": ("custom_form", "NotifyForm"),
    "gotify": ("gotify", "NotifyGotify"),
    "json": ("custom_json", "NotifyJSON"),
    "mmost": ("mattermost", "NotifyMattermost"),
    "xml": ("custom_xml", "NotifyXML"),
}
# What begins a program, or speaks to one past the sockets.
PROGRAMS = ("subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn")


class Statuses(logging.Handler):
    """The HTTP statuses of which Apprise complains; its sentences may hold the address."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found += re.findall(r"error=(\d{3})", record.getMessage())


def guard(host: str, port: int, ips: list[str]) -> None:
    """Refuse from now on what goes anywhere else; it cannot be taken back."""

    def look(event: str, values: tuple[Any, ...]) -> None:
        if event.startswith(PROGRAMS) or event.startswith("syslog."):
            raise PermissionError(event)
        if not event.startswith("socket.") or event == "socket.__new__":
            return
        is_look_up = event == "socket.getaddrinfo" and values[:2] == (host, port)
        is_call = event == "socket.connect" and values[1][0] in ips and values[1][1] == port
        if not (is_look_up or is_call):
            raise PermissionError(event)

    sys.addaudithook(look)


def main() -> int:
    job = json.load(sys.stdin.buffer)
    statuses = Statuses()
    scheme = job["address"].partition("://")[0]
    module, name = PLUGINS[scheme.removesuffix("s")]
    plugin_class = getattr(importlib.import_module(f"apprise.plugins.{module}"), name)
    guard(job["host"], job["port"], job["ips"])
    logger = logging.getLogger("apprise")
    logger.handlers, logger.propagate = [statuses], False
    parsed = plugin_class.parse_url(job["address"]) or {}
    plugin = plugin_class(
        **{**parsed, "verify": True, "redirect": False, "rto": job["seconds"], "cto": 4}
    )
    # As it was read when it was allowed; two readers must not differ.
    if (plugin.host, plugin.port) != (job["host"], job["port"]):
        return 1
    if plugin.notify(body=job["text"], title=job["title"]):
        return 0
    if statuses.found:
        sys.stdout.write(f"HTTP {statuses.found[-1]}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
