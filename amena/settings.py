"""Settings, all from the environment. The defaults are safe: what is not set is off or refused.

What is the same everywhere stands in `amena.base_settings`. A wrong value stops the start
with a line that names the variable (`amena.environment`). README.md lists all variables.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import dj_database_url
from botocore.config import Config
from csp.constants import NONE, SELF
from environs import ValidationError, validate

from amena import logs
from amena.base_settings import *  # noqa: F403  Django reads these here, too
from amena.base_settings import BASE_DIR, LANGUAGES, PRESIGNED_SECONDS
from amena.engine.errors import OptionsError
from amena.engine.estimators import parse_estimator
from amena.engine.options import ENCODERS
from amena.engine.photo import limits
from amena.environment import env

# --- Site -------------------------------------------------------------------------------------

# On a developer's machine. Django's own DEBUG stays off: its yellow pages are for nobody who uses
# the site, and its list of queries grows without end. Errors are in the log.
DEVELOPMENT = env.bool("DEBUG", False)
DEBUG = False
# Empty is refused by Django itself on start, so that no deployment runs on a known key.
SECRET_KEY = env.str("SECRET_KEY", "")
# Keys of before, still believed and never signed with, so that a new key signs nobody out.
SECRET_KEY_FALLBACKS = env.str("SECRET_KEY_FALLBACKS", "").split()
SITE_ROOT = env.str("SITE_ROOT", "http://localhost:8000")
ALLOWED_HOSTS = env.str("ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")
# Set by the images: a process refuses to start on errors of `manage.py check --deploy`.
DEPLOYED = env.bool("DEPLOYED", False)
# A sign-in without a password, for development alone; `amena.site.checks` refuses it without DEBUG.
DEV_LOGIN = env.bool("DEV_LOGIN", False)

# The admin can live where nobody looks for it.
ADMIN_PATH = env.str("ADMIN_PATH", "admin/")

# --- Who runs it ------------------------------------------------------------------------------

# For the pages on privacy and terms; `amena.site.checks` asks for the first two.
OPERATOR_NAME = env.str("OPERATOR_NAME", "")
OPERATOR_EMAIL = env.str("OPERATOR_EMAIL", "", validate=validate.Email())
OPERATOR_ADDRESS = env.str("OPERATOR_ADDRESS", "")
# The country whose law the terms name; empty: they name none.
OPERATOR_COUNTRY = env.str("OPERATOR_COUNTRY", "")
# Where the files lie, in words; empty: what the settings of the storage tell.
DATA_LOCATION = env.str("DATA_LOCATION", "")
# For so long what has been deleted is still in backups of the database.
BACKUP_DAYS = env.count("BACKUP_DAYS", 35)

# --- Email ------------------------------------------------------------------------------------

# Offered once a sender and a way to send are known (`amena.notifications.subscriptions`).
EMAIL_BACKEND = env.str("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.str("EMAIL_HOST", "")
_EMAIL_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_EMAIL_SECURITY = env.str(
    "EMAIL_SECURITY", "starttls", validate=validate.OneOf(tuple(_EMAIL_PORTS))
)
EMAIL_USE_TLS, EMAIL_USE_SSL = _EMAIL_SECURITY == "starttls", _EMAIL_SECURITY == "tls"
EMAIL_PORT = env.count("EMAIL_PORT", _EMAIL_PORTS[_EMAIL_SECURITY], least=1)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
# Of all emails; with or without a name: Amena <photos@amena.example>.
DEFAULT_FROM_EMAIL = env.sender("DEFAULT_FROM_EMAIL")

# --- Database ---------------------------------------------------------------------------------

DATABASES = {
    "default": dj_database_url.parse(
        env.str("DATABASE_URL", "postgresql://amena@localhost/amena"),
        conn_max_age=60,
        conn_health_checks=True,
    )
}
# A server that fails over, or a path that drops packets, closes no connection: one that is silent
# for so long, though asked, counts as broken. The kernel alone would wait a quarter of an hour.
_SILENT = env.count("DATABASE_SILENT_SECONDS", 20, least=2)
# How long the server works on one statement; 0: as long as it takes. gunicorn.conf.py limits the
# web's, whose visitors have left by then; jobs and migrations have no limit.
_STATEMENT = env.count("DATABASE_STATEMENT_SECONDS", 0)
_PROBES = 4
DATABASES["default"].setdefault("OPTIONS", {}).update(
    connect_timeout=5,
    keepalives=1,
    keepalives_idle=_SILENT // 2,
    keepalives_interval=max(1, _SILENT // 2 // _PROBES),
    keepalives_count=_PROBES,
    tcp_user_timeout=_SILENT * 1000,
)
if _STATEMENT:
    DATABASES["default"]["OPTIONS"]["options"] = f"-c statement_timeout={_STATEMENT}s"
# Name and password of the roles that `manage.py database_roles` makes; nothing else reads them.
DATABASE_ROLES = {
    "web": (env.str("WEB_DATABASE_USER", ""), env.str("WEB_DATABASE_PASSWORD", "")),
    "worker": (env.str("WORKER_DATABASE_USER", ""), env.str("WORKER_DATABASE_PASSWORD", "")),
}

# --- People -----------------------------------------------------------------------------------

# How staff come into the admin: “google” takes no password at all, and leaves further factors to
# their Google accounts.
STAFF_SIGN_IN = env.str(
    "STAFF_SIGN_IN", "password", validate=validate.OneOf(("password", "google"))
)
SOCIAL_AUTH_GOOGLE_KEY = env.str("GOOGLE_CLIENT_ID", "")
SOCIAL_AUTH_GOOGLE_SECRET = env.str("GOOGLE_CLIENT_SECRET", "")
# Everything else is found below it: /.well-known/openid-configuration.
SOCIAL_AUTH_GOOGLE_OIDC_ENDPOINT = env.str("GOOGLE_ENDPOINT", "https://accounts.google.com")

# How often, from one address (for IPv6: one /64) and by one person. Sign-in counts tries that go to
# Google, the admin's counts passwords, an upload counts whether it is taken or not.
LIMITS = {
    "sign_in": env.limit("SIGN_IN", address="30/300", person="30/300"),
    "admin_sign_in": env.limit("ADMIN_SIGN_IN", address="10/900", person="5/900"),
    "upload": env.limit("UPLOAD", address="120/60", person="30/60"),
    "export": env.limit("EXPORT", address="20/3600", person="5/3600"),
    "download": env.limit("DOWNLOAD", address="120/600", person="30/600"),
    "webhook_ping": env.limit("WEBHOOK_PING", address="60/60", person="10/60"),
    "api_refused": env.limit("API_REFUSED", address="30/60"),
}
# How many of our own proxies append to X-Forwarded-For: 1 behind a load balancer.
TRUSTED_PROXIES = env.count("TRUSTED_PROXIES", 0)

# Quotas a new user gets; single users are changed in the admin.
QUOTA_ACTIVE_JOBS = env.count("QUOTA_ACTIVE_JOBS", 3)
QUOTA_DAILY_JOBS = env.count("QUOTA_DAILY_JOBS", 50)
#: Changes and further files of photos that a person may order a day, beside new photos.
QUOTA_DAILY_CHANGES = env.count("QUOTA_DAILY_CHANGES", 300)
# Jobs of one person that may wait for a place in the works; beyond it, orders are refused.
QUOTA_HELD_JOBS = env.count("QUOTA_HELD_JOBS", 100)
# Queued and running jobs of all people together; beyond it, uploads are asked to come back.
QUOTA_SYSTEM_JOBS = env.count("QUOTA_SYSTEM_JOBS", 1000)

# --- Uploads and files ------------------------------------------------------------------------

# The engine has the same limit: PHOTO_MAX_MEGABYTES sets both.
UPLOAD_MAX_BYTES = limits.MAX_BYTES
# While they come in; gunicorn.conf.py gives each process its own and empties it.
FILE_UPLOAD_TEMP_DIR = env.str("UPLOAD_FOLDER", "") or None

# Hosts from which a photo may be fetched by its address; empty: from none.
UPLOAD_URL_HOSTS = env.str("UPLOAD_URL_HOSTS", "").split()
# Lets webhooks and uploads by address reach this machine itself, for development alone;
# `amena.site.checks` refuses it without DEBUG.
OUTBOUND_LOOPBACK = env.bool("OUTBOUND_LOOPBACK", False)

STORAGE = env.str("STORAGE", "local", validate=validate.OneOf(("local", "s3")))
MEDIA_ROOT = env.str("MEDIA_ROOT", str(BASE_DIR / "var" / "media"))
AWS_REGION = env.str("AWS_REGION", "eu-central-1")
S3_BUCKET = env.str("S3_BUCKET", "amena")
S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", "") or None
# A CDN that stands before the bucket: its host, and the key that signs links which it believes.
CDN_HOST = env.str("CDN_HOST", "")
CDN_KEY_ID = env.str("CDN_KEY_ID", "")
# On one line where newlines have no place, as in a .env file.
CDN_PRIVATE_KEY = env.str("CDN_PRIVATE_KEY", "").replace("\\n", "\n")

# Results go so long after the photo's last job ended.
RETENTION_DAYS = env.count("RETENTION_DAYS", 30, least=1)

_FILE_STORAGES = {
    "local": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT, "allow_overwrite": True},
    },
    "s3": {
        "BACKEND": "amena.jobs.bucket.Bucket",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "region_name": AWS_REGION,
            "endpoint_url": S3_ENDPOINT_URL,
            "querystring_expire": PRESIGNED_SECONDS,
            "default_acl": None,
            "file_overwrite": True,
            # What is larger is kept on disk while it is passed on, not in memory.
            "max_memory_size": 8 << 20,
            # A bucket that does not answer must not hold a page or a job for minutes.
            "client_config": Config(
                signature_version="s3v4",
                connect_timeout=3,
                read_timeout=20,
                retries={"total_max_attempts": 3},
            ),
        },
    },
}
STORAGES = {
    "default": _FILE_STORAGES[STORAGE],
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "amena.static_files.StaticFiles"
    },
}
STATIC_ROOT = env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEVELOPMENT

# --- Jobs -------------------------------------------------------------------------------------

# Dotted path of the class that makes 3D photos. The worker builds one per process.
ENGINE = env.str("ENGINE", "amena.engine.pipeline.Engine")
ENGINE_DEVICE = env.str("ENGINE_DEVICE", "auto")
VIDEO_ENCODER = env.str("VIDEO_ENCODER", "software", validate=validate.OneOf(ENCODERS))


def _offered(names: str) -> dict[str, str]:
    """Title, by which people choose and jobs remember, → name of each depth estimator."""
    try:
        titled = {parse_estimator(name).title: name for name in names.split()}
    except OptionsError as error:
        raise ValidationError(error.message) from error
    if len(titled) < len(set(names.split())):
        raise ValidationError("Two of these models have the same name.")
    return titled


# What makes the depth of a photo that brings none, and what else people may choose from; the names
# are those of `amena.engine.estimators`.
DEPTH_ESTIMATOR = env.str("DEPTH_ESTIMATOR", "compact", validate=_offered)
DEPTH_ESTIMATORS = _offered(DEPTH_ESTIMATOR) | _offered(
    env.str("DEPTH_ESTIMATORS", "", validate=_offered)
)

# A running job whose lease has run out lost its worker; the heartbeat renews it twice a second.
JOB_LEASE_SECONDS = env.count("JOB_LEASE_SECONDS", 30, least=1)
# After so long a queued job is thought to have lost its message, and the sweeper sends another.
JOB_DISPATCH_SECONDS = env.count("JOB_DISPATCH_SECONDS", 900, least=1)

# A task must end well before SQS shows its message to another worker: the transport does not
# extend the visibility. `amena.site.checks` holds soft < hard < grace of the pod < visibility.
JOB_SOFT_LIMIT = env.count("JOB_SOFT_LIMIT", 540, least=1)
JOB_HARD_LIMIT = env.count("JOB_HARD_LIMIT", 600, least=1)
WORKER_GRACE_SECONDS = env.count("WORKER_GRACE_SECONDS", 660)
SQS_VISIBILITY_SECONDS = env.count("SQS_VISIBILITY_SECONDS", 900)
# A worker told to stop works on for so long and then queues its job again; a spot instance is taken
# away two minutes after the warning.
WORKER_SHUTDOWN_SECONDS = env.count("WORKER_SHUTDOWN_SECONDS", 90)

SQS_ENDPOINT_URL = env.str("SQS_ENDPOINT_URL", "") or None
SQS_QUEUE_URL = env.str("SQS_QUEUE_URL", "")
SQS_DEAD_LETTER_URL = env.str("SQS_DEAD_LETTER_URL", "")
# Long polling; locally a short wait lets the worker stop sooner.
SQS_WAIT_SECONDS = env.count("SQS_WAIT_SECONDS", 20)

# --- API --------------------------------------------------------------------------------------

# Per token, or per person who comes by session.
API_READS_PER_MINUTE = env.count("API_READS_PER_MINUTE", 600)
API_WRITES_PER_MINUTE = env.count("API_WRITES_PER_MINUTE", 60)
# Requests that wait for news at a time in one web process; fewer than it has threads.
API_LONG_POLLS = env.count("API_LONG_POLLS", 4)

# --- Language and time ------------------------------------------------------------------------

# For requests that ask for none: search engines and what shows previews of links.
DEFAULT_LANGUAGE = env.str(
    "DEFAULT_LANGUAGE", "ja", validate=validate.OneOf([code for code, _ in LANGUAGES])
)

# --- Web security -----------------------------------------------------------------------------

_HTTPS = SITE_ROOT.startswith("https://")
CSRF_TRUSTED_ORIGINS = [SITE_ROOT]
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _HTTPS
if _HTTPS:
    # Browsers take a cookie of such a name only from this very host, over HTTPS, for all paths.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
SECURE_SSL_REDIRECT = _HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
# Browsers' built-in lists bind a whole domain for years, so only whoever owns it all asks for that.
SECURE_HSTS_PRELOAD = _HTTPS and env.bool("HSTS_PRELOAD", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None


def _origin(url: str) -> str:
    """The origin of a URL: its scheme, host and port."""
    return "://".join(urlsplit(url)[:2])


if STORAGE == "local":
    _FILE_ORIGINS = []
elif CDN_HOST:
    _FILE_ORIGINS = [f"https://{CDN_HOST}"]
else:
    _FILE_ORIGINS = [S3_ENDPOINT_URL or f"https://{S3_BUCKET}.s3.{AWS_REGION}.amazonaws.com"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "blob:", *_FILE_ORIGINS],
        "media-src": [SELF, *_FILE_ORIGINS],
        "connect-src": [SELF, *_FILE_ORIGINS],
        "manifest-src": [SELF],
        # Browsers apply it to where a form's answer redirects to as well.
        "form-action": [SELF, _origin(SOCIAL_AUTH_GOOGLE_OIDC_ENDPOINT)],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Metrics ----------------------------------------------------------------------------------

# A request for /metrics must carry it (“Authorization: Bearer …”); empty: nobody may.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")

# --- Logs -------------------------------------------------------------------------------------

LOG_LEVEL = env.str(
    "LOG_LEVEL", "INFO", validate=validate.OneOf(("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
)
LOGGING = logs.configuration(LOG_LEVEL)
