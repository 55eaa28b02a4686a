"""The refusal that a person can read."""

from typing import Any

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """Something that may not happen. The message is translated and fit for whoever clicked.

    Actions define their own subclasses beside the function that raises them. ``field`` names the
    form field the message belongs to, when there is one.
    """

    default_message: Any = ""

    def __init__(self, message: Any = None, *, field: str | None = None) -> None:
        self.message = message or self.default_message
        self.field = field
        super().__init__(str(self.message))


class StaleVersion(DomainError):
    """Somebody saved the same text meanwhile. The view answers 409 and shows both versions."""

    default_message = _(
        "Somebody else saved this in the meantime. Nothing of yours is lost: compare both versions below."
    )
