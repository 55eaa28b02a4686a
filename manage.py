#!/usr/bin/env python
"""Django's command line for Minga; `./minga manage …` calls it with the right environment."""

import gc
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    # Migrating makes thousands of model classes that live until its end: looking through them each time takes a fifth.
    gc.set_threshold(50_000, 20, 100)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coordination.settings.base")
    execute_from_command_line(sys.argv)
