"""In which form an answer is had; REST framework's views read the settings that name this."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.settings import api_settings


class Negotiation(DefaultContentNegotiation):
    """What cannot be had in the form that is asked for says in which it can (406)."""

    def filter_renderers(self, renderers: Iterable[BaseRenderer], asked: str) -> list[BaseRenderer]:
        known = list(renderers)
        found = [one for one in known if one.format == asked]
        if not found:
            formats = dict.fromkeys(str(one.format) for one in known)
            raise NotAcceptable(
                _("The format “%(asked)s” is not available here. Available: %(known)s.")
                % {"asked": asked, "known": ", ".join(formats)}
            )
        return found

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], *args: Any, **kwargs: Any
    ) -> Any:
        known = list(renderers)
        try:
            return super().select_renderer(request, known, *args, **kwargs)
        except NotAcceptable as refused:
            if request.query_params.get(str(api_settings.URL_FORMAT_OVERRIDE)):
                raise
            raise NotAcceptable(
                _("None of what Accept asks for is available here. Available: %(known)s.")
                % {"known": ", ".join(str(one.media_type) for one in known)}
            ) from refused
