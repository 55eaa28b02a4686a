"""What a log line may not hold."""

import re
from collections.abc import MutableMapping
from typing import Any

# A signed link (accounts.links) is a key: 22 signs that name the row, a dot, the proof. Whoever reads the log must not be
# able to use it; the row it speaks of may be found. After the doors in the first half also what was cut or glued to more.
LINK = re.compile(
    r"(/(?:i|p|c|v|f|m|s|ronda|unirse|preferencias)/[\w-]{8})[\w=-]*\.[^/\s]*|(?<![\w-])([\w-]{8})[\w-]{14}\.[\w-]{8,}",
    re.ASCII,
)


def without_links(logger: Any, name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A step of structlog: signed links lose their proof."""
    for key, text in line.items():
        if isinstance(text, str):
            line[key] = LINK.sub(lambda found: f"{found[1] or found[2]}…", text)
    return line
