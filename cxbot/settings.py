"""All settings, from the environment. The defaults run everything on one machine with nothing to install.

Two variables take cxbot beyond one machine: DATABASE_URL (PostgreSQL) and REDIS_URL (channel layer and broker).
"""

import os
import secrets
import sys
import traceback
from pathlib import Path

import environ
import structlog
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("CXBOT_VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("CXBOT_DEBUG", default=False)
DEMO = env.bool("CXBOT_DEMO", default=False)
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")


def _secret_key() -> str:
    """One machine makes its own secret and keeps it in var/; several must share one, so there it has to be given."""
    given: str = env.str("CXBOT_SECRET_KEY", default="")
    if given:
        return given
    if DATABASE_URL:
        raise ImproperlyConfigured(
            "CXBOT_SECRET_KEY is not set. With DATABASE_URL several machines may serve the same visitors and must sign "
            "tokens alike: set it to a long random string, the same on each."
        )
    path = VAR_DIR / "secret_key"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(key := secrets.token_urlsafe(50))
    return key


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("CXBOT_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CXBOT_TRUSTED_ORIGINS", default=[])

# Behind TLS (say so with CXBOT_HTTPS=1) cookies and redirects insist on it; a first run on localhost has none.
HTTPS = env.bool("CXBOT_HTTPS", default=False)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS

INSTALLED_APPS = [
    "daphne",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "cxbot",
    "knowledge_base",
    "support",
]
MIDDLEWARE = [
    "cxbot.health.middleware",
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "cxbot.urls"
ASGI_APPLICATION = "cxbot.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "support" / room / "templates" for room in ("desk", "widget")],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- the database: the only truth ---------------------------------------------------------------------------------
if DATABASE_URL:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database: postgres://user:password@host/name")
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "cxbot.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 20,
                # Take the write lock at BEGIN: a read that turns into a write would fail at once, without waiting.
                "transaction_mode": "IMMEDIATE",
                # An accepted message survives a power cut.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
            # Threads and processes share a test's database as they do the real one, so it is a file.
            "TEST": {"NAME": VAR_DIR / "test.sqlite3"},
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- wake-up hints and carried work: both may be lost ---------------------------------------------------------------
if REDIS_URL:
    CHANNEL_LAYERS = {"default": {"BACKEND": "support.wire.layer.HintLayer", "CONFIG": {"hosts": [REDIS_URL]}}}
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL or "filesystem://localhost/")
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a broker that was away for a day is welcome back
if CELERY_BROKER_URL.startswith("filesystem:"):
    BROKER_DIR = VAR_DIR / "broker"
    CELERY_BROKER_TRANSPORT = "cxbot.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "data_folder_in": str(BROKER_DIR),
        "data_folder_out": str(BROKER_DIR),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.25,  # seconds
    }
    (BROKER_DIR / "control").mkdir(parents=True, exist_ok=True)
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 2, "visibility_timeout": 60}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Threads, not forks: FAISS and OpenMP can hang after a fork.
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = 4
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # its queues outlive their workers in the folder of the file transport
# Sweeps expire so that they do not pile up while no worker runs; not soon, because it is Beat's clock that says when
# and the worker's that compares: on two machines that differ by more, every one would be dropped. Late ones cost
# nothing: they find that the sweep has just been made.
_SWEEP = {"expires": 600}  # seconds
CELERY_BEAT_SCHEDULE = {
    "sweep turns": {"task": "support.dialogue.tasks.sweep_turns", "schedule": 1, "options": _SWEEP},
    "sweep tickets": {"task": "support.handoff.tasks.sweep_tickets", "schedule": 3, "options": _SWEEP},
}
CELERY_BEAT_SCHEDULER = "cxbot.beat:Scheduler"

# --- the knowledge base ---------------------------------------------------------------------------------------------
# "bundled", or the name or folder of any sentence-transformers model (that loads torch).
ENCODER = env.str("CXBOT_ENCODER", default="bundled")
# "bundled", or "off" where a processor is too slow to read articles with each question.
RERANKER = env.str("CXBOT_RERANKER", default="bundled")
# "bundled", or the name or folder of any Hugging Face text-classification model (that loads torch).
SENTIMENT_MODEL = env.str("CXBOT_SENTIMENT_MODEL", default="bundled")
INDEX_DIR = Path(env.str("CXBOT_INDEX_DIR", default=str(VAR_DIR / "index")))

# --- conversations --------------------------------------------------------------------------------------------------
TURN_THREADS = env.int("CXBOT_TURN_THREADS", default=2)
VISITOR_TOKEN_DAYS = env.int("CXBOT_VISITOR_TOKEN_DAYS", default=90)  # a browser that stays away longer begins anew

# --- words and time ---------------------------------------------------------------------------------------------------
LANGUAGE_CODE = env.str("CXBOT_LANGUAGE", default="en")
LANGUAGES = [("en", _("English")), ("bn", _("Bengali"))]
LOCALE_PATHS = [BASE_DIR / "support" / room / "locale" for room in ("dialogue", "handoff", "desk", "widget")]
TIME_ZONE = env.str("CXBOT_TIME_ZONE", default="Asia/Dhaka")
USE_TZ = True

# --- mail to agents, where a server for it is named -------------------------------------------------------------------
EMAIL_HOST = ""
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
PUBLIC_URL = env.str("CXBOT_PUBLIC_URL", default="http://localhost:8000").rstrip("/")  # for links in mail
DEFAULT_FROM_EMAIL = env.str("CXBOT_FROM_EMAIL", default="cxbot@localhost")

# --- static files and passwords -------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "support" / room / "static" for room in ("desk", "widget", "wire")]
SERVESTATIC_USE_FINDERS = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "admin:login"


# --- logs: structured, and never a message's body -------------------------------------------------------------------
def _briefly(_logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Beat tells every two seconds, with two stacks, that the broker is away. One line of it is enough. So it is of a
    request for a host that is not ours: anybody can make one, and it is no error of ours."""
    if event.get("logger") == "celery.beat":
        event["event"] = event["event"].partition("\n")[0]
        event.pop("exc_info", None)
    elif event.get("logger") == "django.security.DisallowedHost":
        event["level"] = "warning"
        event.pop("exc_info", None)
    return event


def _where(exc_info: structlog.types.ExcInfo) -> str:
    """A traceback with the types of its exceptions and not their texts: those may quote what a visitor wrote."""
    error: BaseException | None = exc_info[1]
    chain: list[str] = []
    while error is not None:
        chain.insert(0, "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__)
        error = error.__cause__ or error.__context__
    return "\n".join(chain)


_SHARED_PROCESSORS: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": [*_SHARED_PROCESSORS, _briefly],
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(_where),
                structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
                if sys.stderr.isatty()
                else structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["console"], "level": env.str("CXBOT_LOG_LEVEL", default="WARNING")},
    "loggers": {name: {"level": env.str("CXBOT_LOG_LEVEL", default="INFO")} for name in ("support", "knowledge_base")},
}
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED_PROCESSORS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

# Tailwind's indigo, in which white text is readable from 600 on.
INDIGO = {
    "50": "oklch(96.2% .018 272.314)",
    "100": "oklch(93% .034 272.788)",
    "200": "oklch(87% .065 274.039)",
    "300": "oklch(78.5% .115 274.713)",
    "400": "oklch(67.3% .182 276.935)",
    "500": "oklch(58.5% .233 277.117)",
    "600": "oklch(51.1% .262 276.966)",
    "700": "oklch(45.7% .24 277.023)",
    "800": "oklch(39.8% .195 277.366)",
    "900": "oklch(35.9% .144 278.697)",
    "950": "oklch(25.7% .09 281.288)",
}
UNFOLD = {
    "SITE_TITLE": "cxbot",
    "SITE_HEADER": "cxbot",
    "SHOW_LANGUAGES": True,
    "SHOW_VIEW_ON_SITE": False,
    "SITE_SYMBOL": "forum",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("desk/favicon.svg")},
    ],
    "STYLES": [lambda _request: static("desk/admin.css")],
    "COLORS": {"primary": INDIGO},
    "SIDEBAR": {"navigation": "support.desk.sidebar.navigation"},
}
