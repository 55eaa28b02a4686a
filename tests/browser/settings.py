"""The site as it is served, with three differences: quicker passwords, no limit on attempts, a clock that can be moved."""

from coordination.settings.base import *  # noqa: F403  settings inherit whole

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_RATE_LIMITS = False
CLOCK_OFFSET = env.int("MINGA_CLOCK_OFFSET", default=0)  # noqa: F405  seconds, for the sweeps alone
