"""Pages of a list: how many rows there are, and where the next ones are."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request


class PageNumbers(PageNumberPagination):
    """`page` counts from 1; `page_size` is 50 unless asked for, and 200 at most.

    A size or number that is none is refused: a reader who asks for 1,000 rows and is given 200
    without a word takes them for all.
    """

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    # The stubs know only str; each of these is shown through str() at its reader's time.
    page_query_description = _("The page of the list, counted from 1.")  # type: ignore[assignment]
    page_size_query_description = _("Rows on a page: 50 if left out, 200 at most.")  # type: ignore[assignment]
    invalid_page_message = _("There is no such page.")  # type: ignore[assignment]

    def get_page_size(self, request: Request) -> int:
        size = _number(request, "page_size", self.page_size)
        if size > self.max_page_size:
            raise ValidationError(
                {"page_size": [_("At most %(most)d.") % {"most": self.max_page_size}]}
            )
        return size

    def get_page_number(self, request: Request, paginator: Any) -> int:
        number = _number(request, "page", 1)
        if number > paginator.num_pages:
            raise NotFound(self.invalid_page_message)
        return number


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    # Nine digits are more rows than there will ever be, and fewer than any database's limit.
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise ValidationError({name: [_("Write a whole number from 1.")]})
    return int(text)
