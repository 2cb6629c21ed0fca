"""The one writer of an agency's robot, and the one reader of its address.

The address lies sealed in the database, so that whoever gets hold of a copy of that alone cannot
write into anybody's group.
"""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from agencies.accounts import unchangeable_sentence
from agencies.administering import administrator_check
from agencies.audit import Note, audit_notes, values_of
from agencies.locking import agencies_lock
from agencies.models import Agency, AgencyRobot, User
from agencies.robots.addresses import RobotAddress, robot_address_read
from agencies.sealing import SealBrokenError, opened, sealed

PURPOSE = "agencies.robots"


def robot_save(
    *, agency: Agency, by: User, now: dt.datetime, name: str, address: str, secret: str
) -> AgencyRobot:
    """Give the agency its robot, or another name or address to the one it has; returns it.

    An empty `address` keeps the stored one and its secret. Raises PermissionDenied for anybody but
    administrators, and ValidationError, keyed by field, for what `robot_address_read` refuses, for
    a name that is missing or is an address itself, and for an agency that has ended.
    """
    administrator_check(by)
    name = " ".join(name.split())
    if not name or "://" in name:
        raise ValidationError({"name": [_("Write the group's name, and no address.")]})
    with transaction.atomic():
        agency = agencies_lock([agency.pk])[agency.pk]
        if agency.has_ended:
            raise ValidationError(unchangeable_sentence(agency))
        robot = AgencyRobot.objects.filter(agency=agency).first() or AgencyRobot(agency=agency)
        before = {} if robot.pk is None else _values_of(robot)
        if address.strip():
            read = robot_address_read(address, secret=secret)
            robot.kind, robot.place = read.kind, read.place
            kept = {"address": address.strip(), "secret": secret.strip()}
            robot.sealed = sealed(kept, purpose=PURPOSE)
            robot.set_at, robot.set_by = now, by
        elif robot.pk is None:
            raise ValidationError({"address": [_("Paste the robot's address.")]})
        elif secret.strip():
            raise ValidationError({"address": [_("A new secret needs the address beside it.")]})
        robot.name = name
        robot.full_clean()
        robot.save()
        audit_notes(
            [Note("agency.robot", agency, before=before, after=_values_of(robot))], by=by, now=now
        )
    return robot


def robot_remove(*, agency: Agency, by: User, now: dt.datetime) -> bool:
    """Forget the agency's robot; False where it has none.

    Raises PermissionDenied for anybody but administrators.
    """
    administrator_check(by)
    with transaction.atomic():
        robot = AgencyRobot.objects.select_for_update().filter(agency=agency).first()
        if robot is None:
            return False
        before = _values_of(robot)
        robot.delete()
        audit_notes([Note("agency.robot", agency, before=before)], by=by, now=now)
    return True


def robot_address(robot: AgencyRobot) -> RobotAddress:
    """Where the robot is called, held against the allow-list of this moment.

    Raises ValidationError where it is not on it any more, and where it cannot be opened.
    """
    try:
        kept = opened(robot.sealed, purpose=PURPOSE)
    except SealBrokenError as error:
        raise ValidationError(
            {"address": [_("The stored address cannot be read any more; enter it again.")]}
        ) from error
    return robot_address_read(kept["address"], secret=kept["secret"])


def _values_of(robot: AgencyRobot) -> dict[str, Any]:
    """What the audit trail of the agency holds of its robot."""
    return {f"robot_{name}": value for name, value in values_of(robot).items() if name != "agency"}
