from whitenoise.storage import CompressedManifestStaticFilesStorage


class CollectedStorage(CompressedManifestStaticFilesStorage):
    """Hashed names for files that were collected, plain names for those that were not (WhiteNoise finds them too), so
    that a forgotten collectstatic costs caching and never a page."""

    def stored_name(self, name: str) -> str:
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name
