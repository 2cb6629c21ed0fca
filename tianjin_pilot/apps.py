import sys

from django.apps import AppConfig

# Django REST framework loads these where they are installed, for what this product does without:
# fields of PostgreSQL, a client, and pages that show the API. Somebody else here needs each.
LEFT_OUT = ("django.contrib.postgres", "markdown", "pygments", "requests")


class TianjinPilotConfig(AppConfig):
    name = "tianjin_pilot"

    def ready(self) -> None:
        from tianjin_pilot import checks  # noqa: F401 - importing it registers the checks

        _rest_framework_load()


def _rest_framework_load() -> None:
    """Load the one module that looks for them, as if they were not installed: with them it takes
    longer than all other modules of the framework together."""
    names = [name for name in LEFT_OUT if name not in sys.modules]
    # What is None there cannot be imported.
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]
    try:
        import rest_framework.compat  # noqa: F401
    finally:
        for name in names:
            del sys.modules[name]
