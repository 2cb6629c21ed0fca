"""The parts of pages that are hundreds of alike pieces: charts, and the lines of long tables.

They are Jinja templates under templates/drawn/, which are compiled to Python and take a tenth of
the time of Django's. They hold no words of their own: those are handed to them, so that all words
stand where gettext finds them. What they are given is escaped as everywhere.
"""

import functools

from django.conf import settings
from django.utils.safestring import SafeString
from jinja2 import Environment, FileSystemLoader, StrictUndefined


def drawn(name: str, /, **said: object) -> SafeString:
    """The part of this name, such as "trend.jinja", of what it says that it takes."""
    # Jinja has escaped what it was given.
    return SafeString(_environment().get_template(name).render(said))  # nosec B703


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(settings.BASE_DIR / "templates" / "drawn"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=settings.DEBUG,
    )
