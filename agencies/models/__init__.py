"""WHO: agencies, the people who work in them, their sessions and keys to the API, their groups'
robots, and the audit trail."""

from agencies.models.agencies import Agency, AgencyAlias, AgencyKind, AgencyQuerySet
from agencies.models.audit import AuditEntry, AuditHead, AuditRemoval, Via
from agencies.models.changes import AgencyChange, AgencyChangeKind
from agencies.models.factors import CityBinding, RecoveryCode, SecondFactor, SecondFactorRule
from agencies.models.passwords import PasswordKept, PasswordLink
from agencies.models.people import (
    AGENCY_ROLES,
    WITH_AGENCY_SENTENCE,
    Role,
    User,
    UserManager,
    agencies_out_of_reach,
)
from agencies.models.robots import AgencyRobot, AgencyRobotQuerySet, RobotKind
from agencies.models.sessions import Session, SessionQuerySet
from agencies.models.tokens import ApiToken, ApiTokenQuerySet, TokenAccess

__all__ = [
    "AGENCY_ROLES",
    "WITH_AGENCY_SENTENCE",
    "Agency",
    "AgencyAlias",
    "AgencyChange",
    "AgencyChangeKind",
    "AgencyKind",
    "AgencyQuerySet",
    "AgencyRobot",
    "AgencyRobotQuerySet",
    "ApiToken",
    "ApiTokenQuerySet",
    "AuditEntry",
    "AuditHead",
    "AuditRemoval",
    "CityBinding",
    "PasswordKept",
    "PasswordLink",
    "RecoveryCode",
    "RobotKind",
    "Role",
    "SecondFactor",
    "SecondFactorRule",
    "Session",
    "SessionQuerySet",
    "TokenAccess",
    "User",
    "UserManager",
    "Via",
    "agencies_out_of_reach",
]
