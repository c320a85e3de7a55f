"""Settings that are the same wherever Amena runs: how Django and its apps are put together.

`amena.settings` has all of these, and what the environment says besides.
"""

from __future__ import annotations

from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Apps and pages -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "amena.accounts.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",  # "4th" in other languages
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "social_django",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",  # Swagger UI from our own address
    "amena.accounts",
    "amena.jobs",
    "amena.webhooks",
    "amena.notifications",
    "amena.api",
    "amena.metrics",
    "amena.site",
]

MIDDLEWARE = [
    "amena.metrics.middleware.RequestMetricsMiddleware",
    "amena.site.middleware.CompressionMiddleware",
    "amena.site.middleware.OutageMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "amena.site.middleware.PermissionsPolicyMiddleware",
    "amena.static_files.StaticFilesMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "amena.site.middleware.LanguageMiddleware",
    "amena.site.timezones.TimezoneMiddleware",
    # Views are for people who are signed in, unless they say otherwise.
    "amena.site.middleware.SignInMiddleware",
    "amena.site.middleware.LimitsMiddleware",
    "amena.site.middleware.RefusedBodyMiddleware",
    # The first to read the body: whom the two above turn away need not have sent it.
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "amena.site.urls"
WSGI_APPLICATION = "amena.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "amena.accounts.context.sign_in",
                "amena.notifications.context.email_notification",
            ],
            "builtins": ["amena.tags", "amena.words"],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "wall"
LOGOUT_REDIRECT_URL = "landing"
SESSION_ENGINE = "amena.accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
STAFF_SESSION_SECONDS = 8 * 3600

AUTHENTICATION_BACKENDS = [
    "amena.accounts.google.Google",
    "django.contrib.auth.backends.ModelBackend",  # the passwords of staff, and all sessions
]
# Only staff have one.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "MinimumLengthValidator": {"min_length": 12},
        "UserAttributeSimilarityValidator": {"user_attributes": ["email", "name"]},
        "CommonPasswordValidator": {},
    }.items()
]
# A person who has signed out on a shared machine is asked which account to use.
SOCIAL_AUTH_GOOGLE_PROMPT = "select_account"
SOCIAL_AUTH_REQUESTS_TIMEOUT = 10
SOCIAL_AUTH_PIPELINE = [
    "social_core.pipeline.social_auth.social_details",
    "social_core.pipeline.social_auth.social_uid",
    "amena.accounts.google.require_verified_email",
    "social_core.pipeline.social_auth.social_user",
    "amena.accounts.google.find_or_create_person",
]

# --- Uploads, files and jobs ----------------------------------------------------------------------

FILE_UPLOAD_HANDLERS = [
    "amena.jobs.uploads.LimitedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FILES = 1
# A field for each photo that is chosen on the wall, which grows by what is uploaded meanwhile.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
# How long a link to a file in the bucket is good after the owner has been checked.
PRESIGNED_SECONDS = 900
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
JOB_MAX_ATTEMPTS = 3

# --- API ------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "amena.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "amena.api.authentication.IsInScope",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["amena.api.throttles.MinuteThrottle"],
    "DEFAULT_PARSER_CLASSES": ["amena.api.parsers.BoundedJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "amena.api.negotiation.OnlyOne",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_PAGINATION_CLASS": "amena.api.pagination.NewestFirst",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "amena.api.exceptions.handle",
}
SPECTACULAR_SETTINGS = {
    # What may be changed is told by the serializer, which knows what it needs.
    "COMPONENT_SPLIT_PATCH": False,
    "TITLE": "Amena",
    "DESCRIPTION": "One still photo in, a moving 3D photo out.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "amena.api.schema.complete",
    ],
    "ENUM_NAME_OVERRIDES": {"State": "amena.jobs.models.State"},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "defaultModelsExpandDepth": 0},
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Language and time ----------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ja", "日本語")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "amena.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # of whom no zone is known, see amena/site/timezones.py

# --- Email ----------------------------------------------------------------------------------------

# Seconds for each answer of the mail server.
EMAIL_TIMEOUT = 10

# --- Web security ---------------------------------------------------------------------------------

CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "amena.site.handlers.csrf_failure"
# The load balancer and Prometheus ask by plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # asks for it whoever one is
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
