"""Settings from the environment. Production is this file and its variables; dev and test add to it."""

from email.utils import parseaddr
from pathlib import Path

import environ
import structlog
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from coordination.common.logs import without_links

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

SECRET_KEY = env.str("SECRET_KEY")
# Links in mails are signed with a key of their own, kept outside the database (design: reminders 17).
LINK_KEY = env.str("MINGA_LINK_KEY")
DEBUG = False
DEMO = env.bool("MINGA_DEMO", default=False)
MINGA_HOME = Path(env.str("MINGA_HOME", default=str(BASE_DIR / "var")))
# Written by the supervisor of ./minga about the parts it keeps running; empty where somebody else does that.
SUPERVISOR_STATUS = env.str("MINGA_SUPERVISOR_STATUS", default="")
MAIL_DIR = Path(env.str("MINGA_MAIL_DIR", default=str(MINGA_HOME / "mail")))
BASE_URL = env.str("MINGA_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("MINGA_ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "modeltranslation",
    "coordination.portal.admin_site.MingaAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "import_export",
    "csp",
    "js_asset",
    "django_prose_editor",
    "coordination.common",
    "accounts",
    "coordination.activity",
    "coordination.documents",
    "coordination.files",
    "coordination.taxonomies",
    "coordination.organizations",
    "coordination.mesas",
    "coordination.sessions",
    "coordination.attendees",
    "coordination.polls",
    "coordination.commitments",
    "coordination.minutes",
    "coordination.notifications",
    "coordination.portal",
    "coordination.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # phones on weak networks; Django pads against BREACH
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "coordination.common.middleware.SignInMiddleware",
    "coordination.common.middleware.PrivatePagesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "coordination.mesas.middleware.ActorMiddleware",
    "coordination.common.middleware.ButtonAddressMiddleware",
    "coordination.notifications.middleware.DoorbellMiddleware",
]

ROOT_URLCONF = "coordination.urls"
WSGI_APPLICATION = "coordination.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "coordination.common.templatetags.minga",
                "django.templatetags.i18n",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "coordination.portal.context.site",
            ],
        },
    }
]
COTTON_DIR = "components"
FORM_RENDERER = "coordination.common.forms.MingaRenderer"

DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["CONN_MAX_AGE"] = env.int("MINGA_CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL")
# The cache has a database of its own: clearing it must not empty the broker's queues.
CACHE_URL = env.str(
    "MINGA_CACHE_URL", default=REDIS_URL.replace("db=0", "db=1").replace(":6379/0", ":6379/1")
)
COMPILED_CHECKS = 0  # see common.compiled; tests/conftest.py says where they are compared

CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}}
# Celery spells a unix socket its own way.
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    if REDIS_URL.startswith("unix://")
    else REDIS_URL
)

vars().update({k: v for k, v in env.email_url("EMAIL_URL", default="smtp://127.0.0.1:1025").items()})
EMAIL_TIMEOUT = 30  # below the sending lease of 60 s
# Mail by a provider's API instead of SMTP; the variables ANYMAIL_… are its library's own settings (docs/deploy.md).
# The demo has none: nothing of it can reach a real institution.
EMAIL_PROVIDER = "" if DEMO else env.str("MINGA_EMAIL_PROVIDER", default="")
ANYMAIL = {"IGNORE_UNSUPPORTED_FEATURES": True} | {
    name.removeprefix("ANYMAIL_"): value for name, value in env.ENVIRON.items() if name.startswith("ANYMAIL_")
}
if EMAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{EMAIL_PROVIDER}.EmailBackend"  # sign-in codes go the same way
# Where calendars send their answers (docs/deploy.md): a mailbox that is read, and the name by which our own mail server
# says whether a sender is who it claims to be. The demo reads nobody's mail.
REPLIES_IMAP_URL = "" if DEMO else env.str("MINGA_REPLIES_IMAP_URL", default="")
REPLIES_AUTHSERV = env.str("MINGA_REPLIES_AUTHSERV", default="")
# Several edits of a session inside this pause become one mail.
DEBOUNCE_SECONDS = env.float("MINGA_DEBOUNCE_SECONDS", default=600)
# How long a message may be held, be under way, and be in doubt before the sweeper decides (docs/reliability.md).
CLAIM_LEASE_SECONDS = env.float("MINGA_CLAIM_LEASE_SECONDS", default=60)
SENDING_LEASE_SECONDS = env.float("MINGA_SENDING_LEASE_SECONDS", default=120)
DOUBT_SECONDS = env.float("MINGA_DOUBT_SECONDS", default=30)
DEFAULT_FROM_EMAIL = env.str("MINGA_FROM_EMAIL", default="Minga <avisos@minga.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Whom to ask where no mesa can be named; by default the address that mail comes from.
CONTACT_EMAIL = env.str("MINGA_CONTACT_EMAIL", default="") or parseaddr(DEFAULT_FROM_EMAIL)[1]

LANGUAGE_CODE = "es"
LANGUAGES = [("es", _("Spanish")), ("en", _("English"))]
MODELTRANSLATION_DEFAULT_LANGUAGE = "es"
MODELTRANSLATION_FALLBACK_LANGUAGES = ("es", "en")
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["coordination.common.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "America/Guayaquil"

STATIC_URL = "/static/"
STATIC_ROOT = env.str("MINGA_STATIC_ROOT", default=str(MINGA_HOME / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Files that come in: never served from here by any web server, only by the views of what points to them.
MEDIA_ROOT = MINGA_HOME / "media"
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
FILE_MAX_BYTES = env.int("MINGA_FILE_MAX_MB", default=20) * 1024 * 1024
# Our forms send one, the report of a commitment up to ten; every file of a request is on disk before anybody asks who sends it.
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_HANDLERS = [
    "coordination.files.limit.LimitHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# A command that gets a path and ends with 0 (clean) or 1 (infected), such as "clamdscan --fdpass --no-summary".
SCANNER = env.str("MINGA_SCANNER", default="")
SCANNER_SECONDS = env.float("MINGA_SCANNER_SECONDS", default=20)

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["coordination.portal.backend.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:my_work"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "Minga"
# How many files of the open data one address may take in ten minutes; large ones count for several, 0 is no limit.
FILES_BY_ADDRESS = env.int("MINGA_FILES_BY_ADDRESS", default=60)
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("MINGA_PROXY_COUNT", default=0)
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

HTTPS = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer()
            if env.bool("MINGA_LOG_JSON", default=False)
            else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
            "foreign_pre_chain": [
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso"),
                structlog.processors.format_exc_info,
                without_links,
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("MINGA_LOG_LEVEL", default="INFO")},
}
