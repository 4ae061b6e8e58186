"""One file for every place the guide runs in. What differs between places comes from the environment, read here first.

DATABASE_URL            where rows are kept; a SQLite file beside this project where it is not set
SECRET_KEY              signs cookies; must be set unless DEBUG is on
DEBUG                   for developers only: Django's own error pages, files served as they lie
ALLOWED_HOSTS           host names the site answers to, separated by commas; must be set unless DEBUG is on
CSRF_TRUSTED_ORIGINS    such as https://cramps.example, needed behind a proxy that changes the host name
GUIDE_SELF_PUBLISH      one person may both propose and publish; for trying things out, not for a site others rely on
PLAIN_HTTP              the site is reached without TLS, as on one's own machine: no redirect, no Secure cookies
SHARED_RESULT_DAYS      for how many days a result that a visitor chose to share is kept; 30 where it is not set
API_REQUESTS            how often one address may ask /api/assess in a minute; 3000 where it is not set, 0 for no limit
COUNTS_FOLDER           where requests are counted for such limits; a temporary folder where it is not set
LOG_ADDRESSES           how much of an address a log may hold: none (where it is not set), network, or full
STAFF_SECOND_FACTOR     the workshop asks for a code from an app too; `manage.py second_factor NAME` sets one up
PROXIES                 how many proxies in front each add an address to X-Forwarded-For; 0 where it is not set
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from cramps import environment

BASE_DIR = Path(__file__).resolve().parent.parent

env = environment.read(BASE_DIR / "local.env")
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY", "for development only, and known to everyone" if DEBUG else "")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{BASE_DIR / 'cramps.sqlite3'}")
GUIDE_SELF_PUBLISH = env.flag("GUIDE_SELF_PUBLISH")
PLAIN_HTTP = env.flag("PLAIN_HTTP", default=DEBUG)
SHARED_RESULT_DAYS = env.number("SHARED_RESULT_DAYS", 30, least=1)
PROXIES = env.number("PROXIES", 0)
API_REQUESTS = env.number("API_REQUESTS", 3000)
COUNTS_FOLDER = env.text("COUNTS_FOLDER")
STAFF_SECOND_FACTOR = env.flag("STAFF_SECOND_FACTOR")
LOG_ADDRESSES = env.one_of("LOG_ADDRESSES", ("none", "network", "full"))

if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Set it to a long random text that stays the same from start to start, "
        "or run `make setup`, which makes one for this machine alone."
    )
if not ALLOWED_HOSTS and not DEBUG:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is not set. Set it to the host names the site answers to, separated by commas."
    )

INSTALLED_APPS = [
    "guidance",
    "cramps.workshop.WorkshopConfig",  # django.contrib.admin, with our own site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
]

MIDDLEWARE = [
    # These come first, so that the pages of every other's refusals carry their headers.
    "cramps.middleware.content_security_policy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages are compressed here, so that no proxy has to be trusted with it. BREACH reads a secret off the length of a
    # page that holds both the secret and something an attacker sent: no page repeats what its address or a form from
    # elsewhere sent, CSRF tokens are masked anew for every page, and Django adds a random length to each.
    "django.middleware.gzip.GZipMiddleware",
    "cramps.middleware.body_limit",
    "cramps.accounts.Session",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "cramps.accounts.Account",
    "cramps.accounts.SecondFactor",
    "cramps.accounts.Messages",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "cramps.urls"
WSGI_APPLICATION = "cramps.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Rows

DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Writers wait for each other at the start of a transaction, readers never wait; the defaults lose writes to
    # "database is locked" as soon as two processes write.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA busy_timeout=20000;"
        "PRAGMA journal_size_limit=27103364;PRAGMA secure_delete=ON",
    }
else:
    # A server that cannot be reached is said to be so before the visitor gives up, or the proxy does: after 5 seconds,
    # or after 10 where it was lost without a word while connected. By itself the machine would wait for many minutes.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "tcp_user_timeout": 5000,
        "keepalives_idle": 5,
        "keepalives_interval": 5,
        "keepalives_count": 2,
    } | DATABASES["default"].get("OPTIONS", {})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Words and time

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

# Files

STATIC_URL = "/static/"  # the same from every page, a preview's included
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "cramps.static.CollectedStorage"},
}
WHITENOISE_USE_FINDERS = True

# Accounts: editors and reviewers only. A visitor never has a session.

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "admin:login"
SESSION_COOKIE_AGE = 12 * 60 * 60

# Five wrong passwords for one name from one address close that door for a while. By name alone, anybody could lock an
# editor out; by address alone, one clinic could lock out itself. Failures are kept in the database, so that all
# processes count together, and until the lock ends.

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "guidance.limits.address_of"
AXES_LOCKOUT_CALLABLE = "guidance.views.system.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
OTP_TOTP_ISSUER = "The cramps guide"

# What a browser is told

COOKIES_SECURE = not PLAIN_HTTP
COOKIE_PREFIX = "__Host-" if COOKIES_SECURE else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
SESSION_COOKIE_SECURE = COOKIES_SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
CSRF_COOKIE_SECURE = COOKIES_SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "guidance.views.system.csrf_failure"

SECURE_SSL_REDIRECT = not PLAIN_HTTP
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 0 if PLAIN_HTTP else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = not PLAIN_HTTP
SECURE_HSTS_PRELOAD = not PLAIN_HTTP
SECURE_CONTENT_TYPE_NOSNIFF = True
# With no referrer at all browsers send "Origin: null" with a form, and every form would fail its CSRF check.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "manifest-src": ["'self'"],
}
PERMISSIONS_POLICY = [
    "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer",
    "microphone", "midi", "payment", "usb", "xr-spatial-tracking",
]  # fmt: skip

# What a browser may send: the longest form here is a rule in the admin, far below this. A whole guide comes as a file.

DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
UPLOAD_MAX_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 2

# Logs, as lines of JSON: what went wrong and on which page; never a query, a body, a cookie, the token of a shared
# result, or an address beyond what LOG_ADDRESSES allows.
# The development server's line for every request would hold queries, so it is silent; errors still come through
# django.request. Gunicorn's own logs are held to the same by gunicorn.conf.py.

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_tokens": {"()": "cramps.logs.WithoutTokens"}},
    "formatters": {
        "lines": {"()": "cramps.logs.Lines"},
        "plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain" if DEBUG else "lines",
            "filters": ["without_tokens"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "CRITICAL", "propagate": False},
        "django.utils.autoreload": {"level": "WARNING"},
        "axes": {"level": "ERROR"},  # it names accounts
        "gunicorn.http": {"level": "ERROR"},  # it warns of every HEAD request, which Django answers like a GET
    },
}
