"""Settings: everything from the environment, secrets from files in the data folder."""

from __future__ import annotations

import os
from pathlib import Path

from bihuan.base.audit.context import networks
from bihuan.base.registry import app_names
from bihuan.config.home import home
from bihuan.config.postgres import database_settings
from bihuan.config.secrets import secret

ROOT = Path(__file__).resolve().parent.parent
HOME = home()
SECRET_KEY = secret(HOME, "django")
DEBUG = os.environ.get("BIHUAN_DEBUG") == "1"
HOSTS = [name for name in os.environ.get("BIHUAN_HOSTS", "").split(",") if name]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver", *HOSTS]
HTTPS = os.environ.get("BIHUAN_HTTPS") == "1"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_htmx",
    "procrastinate.contrib.django",
    "bihuan.base.ui",
    "django.forms",  # after ours: its templates are overridden
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "bihuan.base.access",
    "bihuan.base.facts",
    "bihuan.base.audit",
    "bihuan.base.evidence",
    "bihuan.base.notify",
    "bihuan.base.search",
    "bihuan.base.ledgers",
    "bihuan.base.lists",
    "bihuan.base.system",
    "bihuan.base.api",
    "ninja",
    *app_names(),
]
MIDDLEWARE = [
    "bihuan.base.audit.context.OriginMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "bihuan.base.ui.headers.HeadersMiddleware",
    "bihuan.base.ui.compression.CompressionMiddleware",
    "bihuan.base.ui.files.FilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "bihuan.base.ui.looks.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "bihuan.base.ui.kept.KeptMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "bihuan.base.access.sessions.IdleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "bihuan.base.access.sessions.SessionListMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "bihuan.base.ui.refusals.RefusalMiddleware",
    "bihuan.base.access.policy.PolicyMiddleware",
    "bihuan.base.system.middleware.OneLookMiddleware",
    "bihuan.base.system.middleware.BeatMiddleware",
]
ROOT_URLCONF = "bihuan.config.urls"
ASGI_APPLICATION = "bihuan.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["bihuan.base.ui.templatetags.bihuan_url"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bihuan.base.ui.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "bihuan.base.ui.forms.Renderer"

DATABASES = database_settings(HOME)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "bihuan.base.access.passwords.LongEnough",
        "OPTIONS": {"min_length": 12},
    },
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email", "phone")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_ADAPTER = "bihuan.base.access.allauth_adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
# Of one name `base.access.lockout` counts: two counts would say two things of one try.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/5m/ip"}
MFA_ADAPTER = "bihuan.base.access.allauth_adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_TOTP_ISSUER = "Bihuan"
USERSESSIONS_TRACK_ACTIVITY = True
IDLE_SECONDS = int(os.environ.get("BIHUAN_IDLE_SECONDS", str(30 * 60)))  # 等保 2.0: idle sign-out

SESSION_ENGINE = "bihuan.base.access.session_store"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-bihuan" if HTTPS else "bihuan"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "bihuan.base.ui.views.stale"
CSRF_TRUSTED_ORIGINS = [f"https://{name}" for name in HOSTS]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
TRUSTED_PROXIES = networks(os.environ.get("BIHUAN_PROXIES", ""))
# The whole body of a request, files included; strangers' pages take photos alone.
BODY_MB = int(os.environ.get("BIHUAN_BODY_MB", "600"))
BODY_MB_OF = {
    "/q/": 150,
    "/t/": 150,
    "/p/": 1,
    "/report/": 150,
    "/tickets/hooks/": 1,
    "/tickets/wecom/": 1,
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
FORMAT_MODULE_PATH = ["bihuan.config.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns of an absent folder
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "bihuan.base.ui.files.Files"},
}
EVIDENCE_ROOT = HOME / "evidence"
MEDIA_ROOT = HOME / "media"

EMAIL_HOST = os.environ.get("BIHUAN_MAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("BIHUAN_MAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("BIHUAN_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("BIHUAN_MAIL_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("BIHUAN_MAIL_TLS") == "1"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("BIHUAN_MAIL_FROM", "bihuan@localhost")
PUBLIC_URL = os.environ.get("BIHUAN_URL", "")
SMS_URL = os.environ.get("BIHUAN_SMS_URL", "")
SMS_SECRET = os.environ.get("BIHUAN_SMS_SECRET", "")
VOICE_URL = os.environ.get("BIHUAN_VOICE_URL", "")
VOICE_SECRET = os.environ.get("BIHUAN_VOICE_SECRET", "")
WECOM_URL = os.environ.get("BIHUAN_WECOM_URL", "https://qyapi.weixin.qq.com")
WECOM_CORP = os.environ.get("BIHUAN_WECOM_CORP", "")
WECOM_AGENT = os.environ.get("BIHUAN_WECOM_AGENT", "")
WECOM_SECRET = os.environ.get("BIHUAN_WECOM_SECRET", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "bihuan.base.system.logs.Line",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("BIHUAN_LOG", "WARNING")},
}
TEST_RUNNER = "django.test.runner.DiscoverRunner"
