"""Settings: everything an installation may set comes from the environment.

Nothing has to be set for a look at the product with DEBUG on (`make run`). With DEBUG off, which is
the default, SECRET_KEY, DATABASE_URL, REDIS_URL and EVIDENCE_DIR must be given: a service that
quietly falls back to a default key or a scratch database loses data or secrets later.
"""

import datetime as dt
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from progress.api.described_words import INTRODUCTION
from progress.timetable import beat_schedule
from tianjin_pilot.environment import (
    SQLITE,
    broker_from,
    city_sign_on_from,
    database_from,
    days_at_least,
    flag,
    folder_from,
    mail_from,
    passwords_for_administrators_alone,
    robot_hosts_from,
    secret_key_from,
    webhook_hosts_from,
    whole_number,
    with_secrets_from_files,
)
from tianjin_pilot.logs import logging_for

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.smart_cast = False
env.ENVIRON = with_secrets_from_files(os.environ)


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

# What the product writes beside database and evidence, and may lose: beat's notebook, and mails
# where no server is named. Of a service, whose programs may not write beside themselves, another.
VAR_DIR = folder_from(
    "VAR_DIR",
    env.str("VAR_DIR", default="") or str(BASE_DIR / "var"),
    apart_from=[BASE_DIR / "static", BASE_DIR / "staticfiles"],
)

LOOK_SECRET_KEY = "only-for-a-look-with-debug-on" * 2
SECRET_KEY = env_or_refuse("SECRET_KEY", debug_default=LOOK_SECRET_KEY)
if not DEBUG:
    SECRET_KEY = secret_key_from(SECRET_KEY, known=LOOK_SECRET_KEY)
# Keys of before: what they signed or sealed is still read, nothing new is made with them.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# What the audit trail is sealed with, and what it was sealed with before.
AUDIT_KEYS = [*env.list("AUDIT_KEYS", default=[]), SECRET_KEY, *SECRET_KEY_FALLBACKS]
# How many days an entry of the audit trail is kept, at the least; half a year is required of us.
AUDIT_DAYS = days_at_least("AUDIT_DAYS", default=400, least=183)
# How many reverse proxies stand in front of the service, each of which names who asked it.
PROXIES = whole_number("REVERSE_PROXIES", default=0 if DEBUG else 1)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Links in mails need an address that readers can reach; only the installation knows it.
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    # For its table alone, in which the release before this one keeps who is signed in; ours is of
    # agencies/sessions. To go, with the table, once no release before needs it.
    "django.contrib.sessions",
    "django.contrib.messages",
    # Before staticfiles, so that runserver serves static files the way the service does.
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
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
    "agencies.request_number.RequestNumberMiddleware",
    "tianjin_pilot.logs.AnsweredMiddleware",
    "tianjin_pilot.headers.HeadersMiddleware",
    "agencies.origin.OriginMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "agencies.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Before the check of a form's origin, which reads it.
    "progress.pages.large_uploads.LargeUploadsMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "agencies.sessions.account.AccountMiddleware",
    "agencies.sessions.keeping.SeenMiddleware",
    "agencies.held_posts.HoldingLoginMiddleware",
    "agencies.passwords.due.PasswordDueMiddleware",
    "agencies.audit.given.AnswersToldMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tianjin_pilot.asked_often.AskedOftenMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "progress.pages.conflicts.ConflictMiddleware",
    "tianjin_pilot.faults.ThrottledMiddleware",
]

ROOT_URLCONF = "tianjin_pilot.urls"
WSGI_APPLICATION = "tianjin_pilot.wsgi.application"

# The same pieces of forms as Django's own templates of them, which take five times as long: the
# filters of a list choose among all periods and all agencies, an option each.
FORM_RENDERER = "django.forms.renderers.Jinja2"

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
                "agencies.request_number.numbers_shown",
                "agencies.city.pages.city_sign_on",
                "agencies.passwords.whose.passwords_of_whom",
                "agencies.sessions.pages.session_ends",
            ],
        },
    },
]

# --- Data ------------------------------------------------------------------------------------

STATEMENT_SECONDS = whole_number("STATEMENT_SECONDS", default=0)
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
    if STATEMENT_SECONDS:
        # For the web server alone (wsgi.py): a page that asks so much is told so, and does not keep
        # the database from everybody. Jobs and commands take the time they need.
        options = DATABASES["default"]["OPTIONS"]
        limit = f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={STATEMENT_SECONDS}s"
        options["options"] = f"{options.get('options', '')} {limit}".strip()
    # A connection that the server has ended meanwhile is left, not handed to the next request.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DEBUG:
    VAR_DIR.mkdir(exist_ok=True)

# --- People ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "agencies.User"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": "agencies.passwords.rules.NameValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "agencies.passwords.rules.ClassesValidator", "OPTIONS": {"classes": 3}},
    {"NAME": "agencies.passwords.rules.NotAgainValidator", "OPTIONS": {"count": 5}},
]
# After how many days a password has to be changed; 0 is never, as in a demonstration.
PASSWORD_DAYS = whole_number("PASSWORD_DAYS", default=0 if DEBUG else 90)
PASSWORD_RESET_TIMEOUT = 60 * 60
AUTHENTICATION_BACKENDS = [
    # Refuses a name that is locked before its password is looked at.
    "axes.backends.AxesStandaloneBackend",
    "agencies.city.backend.AccountBackend",
]
# After so many wrong passwords an account is locked for so long, by whichever address they came.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = dt.timedelta(minutes=20)
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_USERNAME_CALLABLE = "agencies.locking_out.name_hidden"
AXES_CLIENT_IP_CALLABLE = "agencies.origin.address_of"
AXES_RESET_ON_SUCCESS = True
# Else whoever goes on guessing keeps the person out for ever.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# The audit trail says who signed in. What was typed, and what a page carried, is nobody's to read.
AXES_DISABLE_ACCESS_LOG = True
AXES_SENSITIVE_PARAMETERS = ["username", "csrfmiddlewaretoken", "held", "next"]
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# The sign-in page itself says that a name is locked; that addresses are left out is meant.
SILENCED_SYSTEM_CHECKS = ["axes.W002", "axes.W006"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"

# The city's sign-on by OpenID Connect; off unless the installation names an issuer.
OIDC = city_sign_on_from(
    env.str("OIDC_ISSUER", default=""),
    client_id=env.str("OIDC_CLIENT_ID", default=""),
    client_secret=env.str("OIDC_CLIENT_SECRET", default=""),
    second_factors=env.list("OIDC_SECOND_FACTOR", default=[]),
    debug=DEBUG,
)
# Whether all but administrators come by the city's sign-on alone; theirs is for emergencies.
PASSWORDS_FOR_ADMINISTRATORS_ALONE = passwords_for_administrators_alone(
    flag("PASSWORDS_FOR_ADMINISTRATORS_ALONE", default=False), has_city_sign_on=OIDC is not None
)
# Of which roles a code from an app is required besides the password, until administrators set it
# (Accounts, Rules of signing in). A look at the product asks nobody for one.
SECOND_FACTOR_ROLES = [] if DEBUG else ["administrator", "auditor", "coordinator"]

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
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "tianjin_pilot.stylesheets.StylesheetsTogether",
]
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

# --- Broker and cache ------------------------------------------------------------------------

# Nobody listens there: `make run` starts a broker of its own and sets REDIS_URL to it.
NO_BROKER = "redis://127.0.0.1:6380/0"
REDIS_URL = broker_from(env_or_refuse("REDIS_URL", debug_default=NO_BROKER))
# What is counted there is counted for all processes of a service. Beside the broker's keys, under a
# name of its own; nothing ever clears it.
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "tianjin-pilot",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
    if REDIS_URL != NO_BROKER
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- Jobs ------------------------------------------------------------------------------------

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
CELERY_BEAT_SCHEDULE = beat_schedule()

# A form that comes back with everything changed on both sides asks about each of its cells.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# An export that is reckoned to take longer is made by a job.
EXPORT_SECONDS_AT_ONCE = whole_number("EXPORT_SECONDS_AT_ONCE", default=5)

# --- Mail ------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="pilot-tasks@localhost")
EMAIL_TIMEOUT = 20
_email_url = env.str("EMAIL_URL", default="")
if _email_url:
    vars().update(mail_from(_email_url))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(VAR_DIR / "mail")
# Where group robots may be called, and nowhere else: administrators type addresses, and no address
# may make this machine call one of its own network.
ROBOT_HOSTS = robot_hosts_from(
    env.list("ROBOT_HOSTS", default=["qyapi.weixin.qq.com", "oapi.dingtalk.com", "open.feishu.cn"])
)
# Where webhooks may be called: none unless the installation names hosts.
WEBHOOK_HOSTS = webhook_hosts_from(env.list("WEBHOOK_HOSTS", default=[]), debug=DEBUG)

# --- API -------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "agencies.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["agencies.authentication.SignedInWithinAccess"],
    "DEFAULT_FILTER_BACKENDS": [
        "progress.api.parameters.Filters",
        "progress.api.parameters.Lookups",
        "progress.api.parameters.ChosenFields",
        "progress.api.parameters.Search",
        "progress.api.following.ChangedSince",
        "progress.api.parameters.Ordering",
    ],
    "DEFAULT_PAGINATION_CLASS": "progress.api.pagination.Pages",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "progress.api.negotiation.Negotiation",
    "DEFAULT_RENDERER_CLASSES": ["progress.api.rendering.Json"],
    "DEFAULT_PARSER_CLASSES": ["progress.api.bodies.BoundedJSON"],
    "DEFAULT_SCHEMA_CLASS": "progress.api.description.Description",
    "DEFAULT_THROTTLE_CLASSES": ["progress.api.throttles.Throttle"],
    # The address that asks is the last one that as many reverse proxies have added.
    "NUM_PROXIES": PROXIES,
    "EXCEPTION_HANDLER": "progress.api.errors.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": None,
}
# Requests a minute; 0 is no limit. Of each person what reads, what writes, and what is heavy
# (searches, documents, exports); of each address all of it, and keys that open nothing.
API_LIMITS = {
    "read": whole_number("API_READS_A_MINUTE", default=600),
    "write": whole_number("API_WRITES_A_MINUTE", default=240),
    "heavy": whole_number("API_HEAVY_A_MINUTE", default=60),
    "address": whole_number("API_REQUESTS_OF_AN_ADDRESS_A_MINUTE", default=6_000),
    "refused": whole_number("API_REFUSED_KEYS_OF_AN_ADDRESS_A_MINUTE", default=30),
}
# The same of pages: searches and documents of each person, tries to sign in of an address, here and
# by the city's sign-on, behind which may be a whole office.
PAGE_LIMITS = {
    "page": whole_number("PAGE_HEAVY_A_MINUTE", default=120),
    "sign-in": whole_number("SIGN_INS_OF_AN_ADDRESS_A_MINUTE", default=300),
}
# A key for longer than this is not made: one that nobody renews is one that nobody looks after.
API_TOKEN_DAYS_AT_MOST = whole_number("API_TOKEN_DAYS_AT_MOST", default=366)
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Tianjin pilot tasks",
    "DESCRIPTION": INTRODUCTION,
    "VERSION": "1",
    # Relative: the description is of whichever server gives it.
    "SERVERS": [{"url": "/", "description": "This server"}],
    "PREPROCESSING_HOOKS": ["progress.api.description.moves_apart"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "progress.api.described.written_out",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["agencies.authentication.SignedInWithinAccess"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "LightEnum": "progress.lights.Light",
        "ReportStateEnum": "progress.states.ReportState",
        "ReportMoveEnum": "progress.states.Move",
        "MatterStateEnum": "progress.models.MatterState",
        "MatterMoveEnum": "progress.models.MatterMove",
        "ExtensionStateEnum": "progress.models.DecisionState",
        "CompletionStateEnum": "progress.models.CompletionState",
        "ReminderStateEnum": "progress.models.ReminderState",
        "WebhookStateEnum": "progress.models.WebhookState",
        "DeliveryStateEnum": "progress.models.DeliveryState",
        "DeliveryKindEnum": "progress.models.DeliveryKind",
        "AgencyKindEnum": "agencies.models.AgencyKind",
        "PeriodKindEnum": "progress.models.PeriodKind",
        "BriefKindEnum": "progress.models.BriefKind",
        "FilledFormStateEnum": "progress.models.UploadState",
        "JobStateEnum": "progress.health.JobState",
        "FileKindEnum": "progress.models.FileKind",
        "NoticeKindEnum": "progress.models.NoticeKind",
        "ResultKindEnum": "progress.models.ResultKind",
        "RoleEnum": "agencies.models.Role",
        "StatusEnum": "tasks.models.Status",
        "ResponsibilityRoleEnum": "tasks.models.ResponsibilityRole",
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
SESSION_ENGINE = "agencies.sessions.store"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Signed out with the browser, after so long without anybody, and after so long whatever was done.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_IDLE = dt.timedelta(minutes=whole_number("SESSION_IDLE_MINUTES", default=30))
SESSION_COOKIE_AGE = 60 * 60 * whole_number("SESSION_HOURS", default=12)
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "agencies.held_posts.key_refused"
# Who asks whether the service is there asks this machine itself, and not through the proxy.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
# HTTPS ends at the reverse proxy, which says so in this header.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
if not DEBUG:
    SECURE_SSL_REDIRECT = flag("SECURE_SSL_REDIRECT", default=True)
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = whole_number("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

LOGGING = logging_for(debug=DEBUG)
