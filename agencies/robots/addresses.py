"""The address of a robot as people paste it, read strictly and held against the allow-list.

Nothing here looks a name up or connects.
"""

import re
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from agencies.models import RobotKind
from agencies.outgoing import ADDRESS, LONGEST_ADDRESS, PORTS, origin_of, place_of

# How the three products write the address of a robot; a private installation keeps the path.
NATIVE = {
    RobotKind.WECOM: re.compile(r"/cgi-bin/webhook/send\?key=(?P<token>[A-Za-z0-9_-]+)"),
    RobotKind.DINGTALK: re.compile(r"/robot/send\?access_token=(?P<token>[A-Za-z0-9]+)"),
    RobotKind.FEISHU: re.compile(r"/open-apis/bot/v2/hook/(?P<token>[A-Za-z0-9_-]+)/?"),
}
# The same as Apprise writes it, at the product's own host.
APPRISE = {
    RobotKind.WECOM: re.compile(r"wecombot://(?P<token>[A-Za-z0-9_-]+)/?"),
    RobotKind.DINGTALK: re.compile(
        r"dingtalk://((?P<secret>[A-Za-z0-9]+)@)?(?P<token>[A-Za-z0-9]+)/?"
    ),
    RobotKind.FEISHU: re.compile(r"feishu://(?P<token>[A-Za-z0-9_-]+)/?"),
}
OFFICIAL = {
    RobotKind.WECOM: "qyapi.weixin.qq.com",
    RobotKind.DINGTALK: "oapi.dingtalk.com",
    RobotKind.FEISHU: "open.feishu.cn",
}
# What Apprise sends to the very host that stands in the address, by HTTP and without a login.
GATEWAYS = {
    "form": "http",
    "forms": "https",
    "gotify": "http",
    "gotifys": "https",
    "json": "http",
    "jsons": "https",
    "mmost": "http",
    "mmosts": "https",
    "xml": "http",
    "xmls": "https",
}
# 加签 of DingTalk and 签名校验 of Feishu.
SIGNED = (RobotKind.DINGTALK, RobotKind.FEISHU)
SECRET = re.compile(r"[A-Za-z0-9_-]{1,200}")


@dataclass(frozen=True, slots=True)
class RobotAddress:
    """Where a robot is called, and with what. `token` and `secret` stand in no text of ours.

    `token` is what the product gave out; of a gateway it is the whole address as Apprise reads it.
    """

    kind: RobotKind
    scheme: str
    host: str
    port: int
    token: str = field(repr=False)
    secret: str = field(default="", repr=False)

    @property
    def origin(self) -> str:
        return origin_of(self)

    @property
    def place(self) -> str:
        """The host as people read it, with its port where that is another than usual."""
        return place_of(self.origin)


def robot_address_read(pasted: str, *, secret: str = "") -> RobotAddress:
    """What was pasted as an address, if robots may be called there.

    Raises ValidationError keyed "address" or "secret", in the active language and without quoting
    what was pasted.
    """
    pasted, secret = pasted.strip(), secret.strip()
    if len(pasted) > LONGEST_ADDRESS:
        raise _refusal(_("At most %(most)d characters.") % {"most": LONGEST_ADDRESS})
    address = _of_apprise(pasted, secret) or _of_host(pasted, secret)
    if address.origin not in settings.ROBOT_HOSTS:
        raise _refusal(
            _("Robots may be called at %(hosts)s only, and this address is another one.")
            % {"hosts": "、".join(hosts_allowed())}
        )
    if address.secret and address.kind not in SIGNED:
        raise ValidationError(
            {
                "secret": [
                    _("Only robots of DingTalk and Feishu sign with a secret; leave it empty.")
                ]
            }
        )
    if address.secret and not SECRET.fullmatch(address.secret):
        raise ValidationError({"secret": [_("This is no secret; copy it whole.")]})
    return address


def hosts_allowed() -> list[str]:
    """The hosts at which robots may be called, as people read them."""
    return sorted(map(place_of, settings.ROBOT_HOSTS))


def _of_apprise(pasted: str, secret: str) -> RobotAddress | None:
    for kind, form in APPRISE.items():
        if found := form.fullmatch(pasted):
            told = secret or found.groupdict().get("secret") or ""
            return RobotAddress(kind, "https", OFFICIAL[kind], 443, found["token"], told)
    return None


def _of_host(pasted: str, secret: str) -> RobotAddress:
    found = ADDRESS.fullmatch(pasted)
    if found is None:
        raise _refusal(
            _(
                "This is no address of a robot. Copy it whole, from https:// on, as the product "
                "shows it."
            )
        )
    scheme, host, rest = found["scheme"].lower(), found["host"].lower(), found["rest"] or ""
    spoken = GATEWAYS.get(scheme, scheme)
    if spoken not in PORTS:
        raise _refusal(
            _("Addresses that begin with %(scheme)s:// cannot be used.") % {"scheme": scheme}
        )
    port = int(found["port"] or PORTS[spoken])
    if scheme in GATEWAYS:
        # Behind a question mark Apprise takes settings of its own, other headers among them.
        if "?" in rest or "%" in rest:
            raise _refusal(_("An address of a gateway ends with its path; leave out what follows."))
        whole = f"{scheme}://{host}:{port}{rest}"
        return RobotAddress(RobotKind.OTHER, spoken, host, port, whole, secret)
    for kind, form in NATIVE.items():
        if shape := form.fullmatch(rest):
            return RobotAddress(kind, spoken, host, port, shape["token"], secret)
    raise _refusal(
        _(
            "This is no address of a robot of WeCom, DingTalk or Feishu. Copy it whole, with what "
            "stands behind the question mark."
        )
    )


def _refusal(sentence: str) -> ValidationError:
    return ValidationError({"address": [sentence]})
