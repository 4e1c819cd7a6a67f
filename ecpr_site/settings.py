"""The settings, read top to bottom; the only file that reads the environment.

Defaults run the embedded mode: SQLite, everything in one process. DATABASE_URL and REDIS_URL alone turn it into the
scaled-out one. What would be unsafe half-configured refuses to start, with a sentence that says what to set.
"""

import hashlib
import os
import secrets
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dj_database_url
from celery.schedules import schedule
from django.core.exceptions import ImproperlyConfigured

from ecpr_site.names import names_here

BASE_DIR = Path(__file__).resolve().parents[1]


def env(name: str, default: str = "") -> str:
    """The value of an environment variable, without surrounding spaces."""
    return os.environ.get(name, default).strip() or default


def env_bool(name: str, default: bool) -> bool:
    """A switch: 1, true, yes, on, or their opposites; anything else refuses to start."""
    value = env(name).lower()
    if not value:
        return default
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name} is set to {value!r}: write 1 or 0.")


def env_port(name: str, default: int) -> int:
    """A TCP port."""
    value = env(name, str(default))
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise ImproperlyConfigured(f"{name} is set to {value!r}: write a port between 1 and 65535.")
    return int(value)


def loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def version() -> str:
    """The newest version that the changelog names; it is kept there only."""
    for line in (BASE_DIR / "CHANGELOG.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## ") and line[3:4].isdigit():
            return line[3:].split()[0]
    return "0.1.0"


def secret_key(folder: Path) -> str:
    """The key that signs sessions: made at the first run, readable by the owner alone, never in the repository."""
    path = folder / "secret.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Written aside and linked into place: of two processes that start at once, both end with the first one's key.
        draft = folder / f"secret.{os.getpid()}.new"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 50:
        raise ImproperlyConfigured(f"{path} is too short for a secret: delete it, and a new one is made.")
    return key


# -- where and for whom ----------------------------------------------------------------------------------------------

VERSION = version()
# A ward's own network over TLS with an authority of our own: `make run-lan`.
LAN = env_bool("ECPR_LAN", False)
HOST = env("HOST", "0.0.0.0" if LAN else "127.0.0.1")
PORT = env_port("PORT", 8000)
DATA_DIR = (BASE_DIR / env("DATA_DIR", "data")).resolve()
DEBUG = env_bool("ECPR_DEBUG", False)
DEMO = env_bool("ECPR_DEMO", True)
SECRET_KEY = secret_key(DATA_DIR)
# By this the server knows its own entries again when a device brings them back after a restore.
MAC_KEY = hashlib.sha256(b"ecpr entry mac\n" + SECRET_KEY.encode()).digest()

PUBLIC_URL = env("ECPR_PUBLIC_URL").rstrip("/")
_public = urlsplit(PUBLIC_URL)
if PUBLIC_URL and (_public.scheme not in ("http", "https") or not _public.hostname or _public.path):
    raise ImproperlyConfigured(f"ECPR_PUBLIC_URL is {PUBLIC_URL!r}: write it like https://ecpr.hospital.example.")
if LAN and PUBLIC_URL:
    raise ImproperlyConfigured("ECPR_LAN makes its own certificate: leave ECPR_PUBLIC_URL out, or ECPR_LAN.")
TLS = LAN or _public.scheme == "https"
# A name is not pinned to TLS for a year on the word of a certificate that this machine made itself.
HSTS = TLS and not LAN

_named = [*(names_here() if LAN else []), *(host.strip() for host in env("ECPR_HOSTS").split(",") if host.strip())]
if any("*" in host for host in _named):
    raise ImproperlyConfigured("ECPR_HOSTS may not hold *: name each host that people type into their browser.")
ALLOWED_HOSTS = [*_named, *([_public.hostname] if _public.hostname else []), "localhost", "127.0.0.1", "[::1]"]
if not loopback(HOST) and HOST not in ("0.0.0.0", "::"):
    ALLOWED_HOSTS.append(f"[{HOST}]" if ":" in HOST else HOST)
# A ward trial: other machines may come, over plain HTTP. `serve` says what is off then.
TRIAL = not loopback(HOST) and not TLS
if not loopback(HOST) and DEBUG:
    raise ImproperlyConfigured("ECPR_DEBUG shows the inside of the app: turn it off, or set HOST=127.0.0.1.")
if HOST in ("0.0.0.0", "::") and not (_named or PUBLIC_URL or LAN):
    raise ImproperlyConfigured(
        f"HOST={HOST} lets other machines in, so say by which names they may call this one: set ECPR_HOSTS to its "
        "names or addresses (ECPR_HOSTS=192.168.1.20,ward-pc), or ECPR_PUBLIC_URL when a TLS proxy stands in front."
    )


def _origin(host: str) -> str:
    scheme, usual = ("https", 443) if LAN else ("http", 80)
    return f"{scheme}://{host}" + ("" if usual == PORT else f":{PORT}")


# The only origins that may write or open a socket; compared exactly, port included.
ORIGINS = (
    [PUBLIC_URL]
    if TLS and not LAN
    else sorted({_origin(host) for host in ALLOWED_HOSTS}) + ([PUBLIC_URL] if PUBLIC_URL else [])
)
CSRF_TRUSTED_ORIGINS = ORIGINS if LAN else [PUBLIC_URL] if PUBLIC_URL else []
CSRF_FAILURE_VIEW = "ecpr_site.views.forbidden"

TIME_ZONE = "UTC"
USE_TZ = True
ZONE = env("ECPR_ZONE", "UTC")
try:
    ZoneInfo(ZONE)
except (ZoneInfoNotFoundError, ValueError) as fault:
    raise ImproperlyConfigured(f"ECPR_ZONE is {ZONE!r}: write a name like Europe/Paris.") from fault
LANGUAGE_CODE = "en-gb"
USE_I18N = False

# -- the database ----------------------------------------------------------------------------------------------------

DATABASE_URL = env("DATABASE_URL")
_SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA_DIR / "ecpr.sqlite3",
    # A request's thread keeps no connection: under ASGI the threads change, and kept connections would leak.
    "CONN_MAX_AGE": 0,
    "OPTIONS": {
        # BEGIN IMMEDIATE: a deferred transaction that turns to writing fails at once when another one wrote meanwhile.
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,
        # FULL, not NORMAL: what we called recorded has to survive a power cut.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
    },
    # A file for the tests too: the in-memory database has no WAL and other locks.
    "TEST": {"NAME": DATA_DIR / "test.sqlite3"},
}
if DATABASE_URL:
    _database: dict[str, Any] = dict(dj_database_url.parse(DATABASE_URL))
    if _database["ENGINE"] == "django.db.backends.sqlite3":
        _database = {**_SQLITE, "NAME": _database["NAME"]}
    elif _database["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL has to be sqlite:///… or postgresql://…")
    else:
        _database["CONN_MAX_AGE"] = 0
        # pytest-django drops the test database while pooled connections would still be open.
        if "pytest" not in sys.modules:
            _database["OPTIONS"] = {
                **_database.get("OPTIONS", {}),
                "pool": {"min_size": 1, "max_size": 20, "timeout": 5},
            }
    DATABASES = {"default": _database}
else:
    DATABASES = {"default": _SQLITE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- other processes -------------------------------------------------------------------------------------------------

REDIS_URL = env("REDIS_URL")
EMBEDDED = not REDIS_URL
if REDIS_URL and urlsplit(REDIS_URL).scheme not in ("redis", "rediss", "unix"):
    raise ImproperlyConfigured("REDIS_URL has to be redis://…, rediss://… or unix://…")
CHANNEL_LAYERS: dict[str, Any] = {
    "default": (
        {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL], "prefix": "ecpr"}}
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    )
}

CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
CELERY_BROKER_TRANSPORT_OPTIONS = {} if REDIS_URL else {"polling_interval": 0.02}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 60
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat")
CELERY_BEAT_SCHEDULE = {
    "make debriefs": {"task": "timeline.tasks.make_debriefs", "schedule": schedule(5), "options": {"expires": 5}},
    "roll up": {"task": "timeline.tasks.roll_up", "schedule": schedule(30), "options": {"expires": 30}},
}
if not EMBEDDED:
    # The embedded worker is the serving process itself, which sweeps already.
    CELERY_BEAT_SCHEDULE["sweep"] = {"task": "timeline.tasks.sweep", "schedule": schedule(5), "options": {"expires": 5}}

# -- the parts of Django ---------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "ecpr_site.apps.SiteConfig",
    "roles",
    "timeline",
]
MIDDLEWARE = [
    "ecpr_site.middleware.SecurityHeaders",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "ecpr_site.middleware.SameOriginWrites",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "ecpr_site.urls"
ASGI_APPLICATION = "ecpr_site.asgi.application"
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
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build" / "static"
_modules = BASE_DIR / "node_modules"
_vendored = [
    ("vendor/inter", _modules / "@fontsource-variable" / "inter" / "files"),
]
# Scripts and styles as `make setup` has put them together, before the modules they were made of (docs/adr/0009).
BUNDLE = BASE_DIR / "build" / "bundle"
STATICFILES_DIRS: list[Any] = [
    *([BUNDLE] if BUNDLE.is_dir() else []),
    BASE_DIR / "static",
    *((prefix, folder) for prefix, folder in _vendored if folder.is_dir()),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "ecpr_site.storage.ModuleStorage"},
}
SERVESTATIC_USE_ZSTD = False

# -- people ----------------------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
# Counted in the database, so that a restart forgets nothing. Locking the pair keeps a stranger's guesses on one
# machine from locking the person out on another.
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = None
AXES_LOCKOUT_CALLABLE = "ecpr_site.views.locked_out"
AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS: list[str] = [] if HSTS else ["security.W004", "security.W008", "security.W012", "security.W016"]

SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = DEVICE_COOKIE_SECURE = TLS
DEVICE_COOKIE = "ecpr_device"

# -- transport -------------------------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HSTS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_SSL_REDIRECT = HSTS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HSTS else None
# /up is asked by monitors on the inside, without TLS.
SECURE_REDIRECT_EXEMPT = ["^up$"]
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024 + 64 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "ecpr": {"level": "INFO"},
        "axes": {"level": "ERROR"},
        "django.request": {"level": "ERROR"},
        "uvicorn": {"level": "WARNING"},
    },
}
