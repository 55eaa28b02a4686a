"""The web entry point: granian serves coordination.wsgi:application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coordination.settings.base")
application = get_wsgi_application()
