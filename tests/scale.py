"""How much is asked of what could be asked for hours: a good part by default, all of it with MINGA_TEST_SCALE=10."""

import os

WHOLE = os.environ.get("MINGA_TEST_SCALE", "1") != "1"
