"""The site's own settings, with static files collected into a folder that the environment names."""

import os
from pathlib import Path

from cramps.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["STATIC_FOLDER"])
