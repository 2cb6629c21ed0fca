"""Settings: everything an installation may set comes from the environment.

Nothing has to be set for a look at the product with DEBUG on (`make run`). With DEBUG off, which is
the default, SECRET_KEY, DATABASE_URL, REDIS_URL and EVIDENCE_DIR must be given: a service that
quietly falls back to a default key or a scratch database loses data or secrets later.
"""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from tianjin_pilot.environment import (
    SQLITE,
    broker_from,
    database_from,
    flag,
    folder_from,
    mail_from,
    whole_number,
)

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
env.smart_cast = False


def env_or_refuse(name: str, *, debug_default: str) -> str:
    """The variable's value, its default with DEBUG on, or a refusal that names the fix."""
    value = env.str(name, default="")
    if value:
        return str(value)
    if DEBUG:
        return debug_default
    raise ImproperlyConfigured(
        f"{name} is not set. Set it in the environment of the service (README.md lists every "
        f"variable), or set DEBUG=1 for a look at the product on this machine."
    )


DEBUG = flag("DEBUG", default=False)

LOOK_SECRET_KEY = "only-for-a-look-with-debug-on" * 2
SECRET_KEY = env_or_refuse("SECRET_KEY", debug_default=LOOK_SECRET_KEY)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Links in mails need an address that readers can reach; only the installation knows it.
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    # Before staticfiles, so that runserver serves static files the way the service does.
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "bootstrap",
    "csp",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "agencies",
    "tasks",
    "progress",
    "tianjin_pilot",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "agencies.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Before the check of a form's origin, which reads it.
    "progress.pages.large_uploads.LargeUploadsMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "agencies.held_posts.HoldingLoginMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "progress.pages.conflicts.ConflictMiddleware",
    "tianjin_pilot.faults.ThrottledMiddleware",
]

ROOT_URLCONF = "tianjin_pilot.urls"
WSGI_APPLICATION = "tianjin_pilot.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "progress.pages.navigation.navigation",
            ],
        },
    },
]

# --- Data ------------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": database_from(
        env_or_refuse(
            "DATABASE_URL", debug_default=f"sqlite:///{quote(f'{VAR_DIR}/tianjin_pilot.sqlite3')}"
        )
    )
}
if DATABASES["default"]["ENGINE"] == SQLITE:
    DATABASES["default"]["OPTIONS"] = {
        # Writers queue at the start of a transaction instead of failing in the middle of one.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # In memory, threads of a test server that write side by side get "database table is locked".
    DATABASES["default"]["TEST"] = {
        "NAME": env.str("TEST_DATABASE_NAME", default=str(VAR_DIR / "test.sqlite3"))
    }
else:
    # Beside what DATABASE_URL says after its question mark, such as sslmode=verify-full.
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 1,
        "max_size": 10,
        "timeout": 10,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
VAR_DIR.mkdir(exist_ok=True)

# --- People ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "agencies.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"

# --- Language and time -----------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- Files -----------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG
if DEBUG:
    # With finders nothing is collected, and WhiteNoise warns of a folder that is not there.
    STATIC_ROOT.mkdir(exist_ok=True)

# What people attach to reports. Nothing serves it: downloads go through the check of rights.
EVIDENCE_DIR = folder_from(
    "EVIDENCE_DIR",
    env_or_refuse("EVIDENCE_DIR", debug_default=str(VAR_DIR / "evidence")),
    apart_from=[
        STATIC_ROOT,
        *STATICFILES_DIRS,
        BASE_DIR / "templates",
        *(BASE_DIR / app for app in ("agencies", "tasks", "progress", "tianjin_pilot")),
    ],
)

# --- Jobs ------------------------------------------------------------------------------------

# Nobody listens there: `make run` starts a broker of its own and sets REDIS_URL to it.
NO_BROKER = "redis://127.0.0.1:6380/0"
REDIS_URL = broker_from(env_or_refuse("REDIS_URL", debug_default=NO_BROKER))
# kombu names a Unix socket differently from redis-py; one variable serves both.
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://", 1)
    if REDIS_URL.startswith("unix://")
    else REDIS_URL
)
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
# A job that a dead worker held comes back after this many seconds: longer than any job may run.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
# What is owed is a row in the database, so a run that is missed is only a later one: the next run
# records and sends the same rows, and what has been sent is never sent again.
CELERY_BEAT_SCHEDULE = {
    "send reminders": {
        "task": "progress.jobs.send_reminders",
        "schedule": crontab(minute="*/10"),
        # A run that waited longer than the next one is due has nothing left to do.
        "options": {"expires": 600},
    },
    "open the period": {
        "task": "progress.jobs.open_period",
        # Soon after midnight, and again through the morning for a worker that was down. A period
        # that is open stays as it is, so a run too many does nothing.
        "schedule": crontab(minute=5, hour="0,6-12"),
        "options": {"expires": 600},
    },
    "keep the figures": {
        "task": "progress.jobs.keep_figures",
        # Finds something on the first day after an update alone; closing keeps them otherwise.
        "schedule": crontab(minute=15, hour="0,6-12"),
        "options": {"expires": 600},
    },
}

# --- Mail ------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="pilot-tasks@localhost")
EMAIL_TIMEOUT = 20
_email_url = env.str("EMAIL_URL", default="")
if _email_url:
    vars().update(mail_from(_email_url))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(VAR_DIR / "mail")

# --- API -------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "agencies.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["agencies.authentication.SignedInWithinAccess"],
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.SearchFilter",
        "progress.api.parameters.Ordering",
    ],
    "DEFAULT_PAGINATION_CLASS": "progress.api.pagination.PageNumbers",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["progress.api.bodies.BoundedJSON"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "progress.api.errors.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tianjin pilot tasks",
    "DESCRIPTION": "The 131 pilot tasks for opening up the service sector, and how far they are.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["agencies.authentication.SignedInWithinAccess"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ReportStateEnum": "progress.states.ReportState",
        "ReportMoveEnum": "progress.states.Move",
        "MatterStateEnum": "progress.models.MatterState",
        "MatterMoveEnum": "progress.models.MatterMove",
        "ExtensionStateEnum": "progress.models.DecisionState",
        "CompletionStateEnum": "progress.models.CompletionState",
        "ReminderStateEnum": "progress.models.ReminderState",
        "AgencyKindEnum": "agencies.models.AgencyKind",
        "PeriodKindEnum": "progress.models.PeriodKind",
    },
}

# --- Security --------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # Bootstrap draws the marks of its form controls from data: addresses in its stylesheet.
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "agencies.held_posts.key_refused"
# HTTPS ends at the reverse proxy, which says so in this header.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
if not DEBUG:
    SECURE_SSL_REDIRECT = flag("SECURE_SSL_REDIRECT", default=True)
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = whole_number("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # Django's own handler would print each line a second time with DEBUG on.
    "loggers": {"django": {"level": "INFO"}},
}
