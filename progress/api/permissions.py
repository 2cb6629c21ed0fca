"""Who may use an endpoint at all, by role. What of it they may see is `visible_to`'s matter."""

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from progress.api.parameters import reader_of


class CoordinatorsOnly(BasePermission):
    message = _("Only a coordinator may do this.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return reader_of(request).is_coordinator


class CoordinatorsWrite(CoordinatorsOnly):
    """Reading is open to all."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in SAFE_METHODS or super().has_permission(request, view)


class AgenciesWrite(BasePermission):
    """Reading is open to all; reports are written by people who work for an agency."""

    message = _("Only reporters and approvers of the lead agency write reports.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in SAFE_METHODS or reader_of(request).works_for_an_agency


class AgenciesContribute(AgenciesWrite):
    message = _("Only the agency itself writes its contribution.")


class AgenciesOnly(BasePermission):
    message = _("Only people who report for an agency have a form to fill in.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return reader_of(request).works_for_an_agency


class ReadersOfTheRegister(BasePermission):
    """Administrators have no part in the register; figures of nothing would mislead them."""

    message = _("Administrators do not read the register.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return not reader_of(request).is_administrator


class ReadersOfRegisters(BasePermission):
    """Auditors and administrators have no part in what reports carry."""

    message = _("The registers are read by agencies, coordinators and leaders.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return reader_of(request).reads_registers


class ReadersOfParts(ReadersOfRegisters):
    """The same people: who reads for audit or keeps accounts has no part in who hands in either."""

    message = _("Who answers for what and who has handed in is for the office, leaders, agencies.")


class AdministratorsOnly(BasePermission):
    message = _("Only an administrator may do this.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return reader_of(request).is_administrator


class AdministratorsWrite(AdministratorsOnly):
    """Reading is open to all."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in SAFE_METHODS or super().has_permission(request, view)


class CalendarKeepersOnly(AdministratorsOnly):
    message = _("Only an administrator reads and corrects the working calendar.")
