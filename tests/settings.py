"""The site's own settings, given an environment of their own; what is made cheaper for tests is named here, no more."""

import os
import tempfile
from pathlib import Path

os.environ["SECRET_KEY"] = "for tests only"
os.environ["DEBUG"] = "false"
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
os.environ["PLAIN_HTTP"] = "true"
os.environ["GUIDE_SELF_PUBLISH"] = "false"

from cramps.settings import *
from cramps.settings import DATABASES, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"

# A file, as on a real site: threads of a live server meet in it as processes do.
folder = tempfile.TemporaryDirectory(prefix="cramps-tests-")
STATIC_ROOT = Path(folder.name)
COUNTS_FOLDER = f"{folder.name}/counts"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": f"{folder.name}/test.sqlite3"}
