"""What entries say beside the columns of their things, in words: the names, and the values."""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from agencies.models import Role
from progress.states import Move
from tasks.models import ResponsibilityRole, Status

SAID: Mapping[str, Promise] = {
    "agencies": gettext_lazy("Agencies"),
    "aliases": pgettext_lazy("audit", "Other names"),
    "city_issuer": pgettext_lazy("audit", "City's sign-on"),
    "city_subject": pgettext_lazy("audit", "Subject there"),
    "count": pgettext_lazy("audit", "How many"),
    "duties": pgettext_lazy("audit", "Division of measures"),
    "file": pgettext_lazy("audit", "File"),
    "first": pgettext_lazy("audit", "First position"),
    "left": pgettext_lazy("audit", "Codes left"),
    "made": pgettext_lazy("audit", "Codes made"),
    "measures": pgettext_lazy("audit", "Measures"),
    "messages": pgettext_lazy("audit", "Messages"),
    "method": pgettext_lazy("audit", "Method"),
    "move": pgettext_lazy("audit", "Step"),
    "note": pgettext_lazy("audit", "Added text"),
    "password": pgettext_lazy("audit", "Password"),
    "path": pgettext_lazy("audit", "Path"),
    "proof": pgettext_lazy("audit", "Proved by"),
    "reason": pgettext_lazy("audit", "Reason"),
    "recovery_codes": pgettext_lazy("audit", "Recovery codes"),
    "roles": pgettext_lazy("audit", "Roles"),
    "route": pgettext_lazy("audit", "Address by name"),
    "second_factor": pgettext_lazy("audit", "Second factor"),
    "status": pgettext_lazy("audit", "Status"),
    "told_of": pgettext_lazy("audit", "Told of"),
    "until": pgettext_lazy("audit", "Last position"),
    "username": pgettext_lazy("audit", "User name typed"),
    "why": pgettext_lazy("audit", "Why"),
}
# What stands there instead of a value that the trail never holds, or is one of a few words.
WORDS: Mapping[str, Mapping[str, str | Promise]] = {
    "move": dict(Move.choices),
    "status": dict(Status.choices),
    "role": dict(ResponsibilityRole.choices),
    "roles": dict(Role.choices),
    "password": {"set": pgettext_lazy("audit", "set anew")},
    "secret": {"set": pgettext_lazy("audit", "set anew")},
    "address": {"set": pgettext_lazy("audit", "set anew")},
    "second_factor": {"app": pgettext_lazy("audit", "authenticator app")},
    "proof": {
        "app": pgettext_lazy("audit", "authenticator app"),
        "recovery_code": pgettext_lazy("audit", "recovery code"),
        "set_up": pgettext_lazy("audit", "setting up the app"),
    },
    "why": {
        "unbound": pgettext_lazy("audit", "no account is bound to it"),
        "denied": pgettext_lazy("audit", "refused there"),
        "failed": pgettext_lazy("audit", "failed there"),
        "stray": pgettext_lazy("audit", "an answer that nobody here had asked for"),
        "too_late": pgettext_lazy("audit", "an answer that came too late"),
        "down": pgettext_lazy("audit", "could not be reached"),
        "untrue": pgettext_lazy("audit", "an answer that does not hold"),
    },
}
# A report's measures stand in rows of their own, and its entries name them by their numbers.
OF_A_MEASURE = re.compile(r"measure (?P<measure>\d+) (?P<field>status|text)")
FIELDS_OF_A_MEASURE: Mapping[str, Promise] = {
    "status": pgettext_lazy("audit", "Status"),
    "text": pgettext_lazy("audit", "Progress text"),
}
# The columns of an agency's group robot, among those of the agency.
ROBOT = "robot_"
