"""Tests: the same parts, quicker passwords, unhashed static files, mail in memory unless a sink is asked for."""

import os

os.environ.setdefault("SECRET_KEY", "tests-only")
os.environ.setdefault("MINGA_LINK_KEY", "tests-only-link-key")

from coordination.settings.base import *  # noqa: E402, F403  settings inherit whole

TESTING = True
# Every worker of the suite copies the tables instead of migrating them anew.
if template := env.str("MINGA_TEST_TEMPLATE", default=""):  # noqa: F405
    DATABASES["default"]["TEST"] = {"TEMPLATE": template}  # noqa: F405
# Workers share one Redis: what one counts is no other's business.
CACHES["default"]["KEY_PREFIX"] = env.str("PYTEST_XDIST_WORKER", default="")  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
CLOCK_OFFSET = env.int("MINGA_CLOCK_OFFSET", default=0)  # noqa: F405  seconds; honoured here only
ACCOUNT_RATE_LIMITS = False
FILES_BY_ADDRESS = 0
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# Static files come straight from their folders: browser tests need no collectstatic.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
