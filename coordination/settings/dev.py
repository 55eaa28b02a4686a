"""Development: readable errors, no hashed static files. Everything else is base."""

from coordination.settings.base import *  # noqa: F403  settings inherit whole

DEBUG = True
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
