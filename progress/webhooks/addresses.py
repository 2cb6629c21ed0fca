"""The address of a webhook as people type it, read strictly and held against the allow-list."""

import ipaddress
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from agencies.outgoing import ADDRESS, LONGEST_ADDRESS, PORTS, origin_of, place_of


@dataclass(frozen=True, slots=True)
class WebhookAddress:
    """Where a webhook is called. `path`, with what stands behind a question mark, may hold a key of
    the receiver's, and stands in no text of ours."""

    scheme: str
    host: str
    port: int
    path: str = field(repr=False)

    @property
    def place(self) -> str:
        """The host as people read it, with its port where that is another than usual."""
        return place_of(origin_of(self))


def webhook_address_read(typed: str) -> WebhookAddress:
    """What was typed as an address, if webhooks may be called there.

    Raises ValidationError keyed "address", in the active language and without quoting it.
    """
    typed = typed.strip()
    if len(typed) > LONGEST_ADDRESS:
        raise _refusal(_("At most %(most)d characters.") % {"most": LONGEST_ADDRESS})
    found = ADDRESS.fullmatch(typed)
    scheme = found["scheme"].lower() if found else ""
    if found is None or scheme not in PORTS:
        raise _refusal(
            _("This is no address; write it whole, such as https://data.example.cn/changes.")
        )
    address = WebhookAddress(
        scheme, found["host"].lower(), int(found["port"] or PORTS[scheme]), found["rest"] or "/"
    )
    if origin_of(address) not in settings.WEBHOOK_HOSTS or not _is_safe(address):
        raise _refusal(
            _("Webhooks may be called at %(hosts)s only, and this address is another one.")
            % {"hosts": "、".join(hosts_allowed())}
            if settings.WEBHOOK_HOSTS
            else _("Webhooks are switched off in this installation (WEBHOOK_HOSTS).")
        )
    return address


def hosts_allowed() -> list[str]:
    """The hosts at which webhooks may be called, as people read them."""
    return sorted(map(place_of, settings.WEBHOOK_HOSTS))


def _is_safe(address: WebhookAddress) -> bool:
    """Over TLS, or on this very machine, named by its number."""
    if address.scheme == "https":
        return True
    try:
        return ipaddress.ip_address(address.host).is_loopback
    except ValueError:
        return False


def _refusal(sentence: str) -> ValidationError:
    return ValidationError({"address": [sentence]})
