from django.apps import AppConfig


class TianjinPilotConfig(AppConfig):
    name = "tianjin_pilot"

    def ready(self) -> None:
        from tianjin_pilot import checks  # noqa: F401 - importing it registers the checks
