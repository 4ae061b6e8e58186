from django.apps import AppConfig


class GuidanceConfig(AppConfig):
    name = "guidance"
    verbose_name = "The cramps guide"

    def ready(self) -> None:
        from guidance import checks  # noqa: F401 - importing registers them
