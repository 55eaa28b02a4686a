"""By which way a letter leaves: our own conversation by SMTP, or the API of a provider that was named.

Whoever delivers knows this interface and nothing of what lies behind it. ``Answer`` says what became of one letter.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from django.conf import settings
from django.utils.module_loading import import_string

from coordination.notifications.letters import Letter
from coordination.notifications.smtp import Answer, Line, nothing


class Channel(Protocol):
    """A connection for several letters."""

    def open(self) -> None:
        """Makes it ready. Raises OSError when the other side is away or does not want us."""

    def send(self, letter: Letter, meanwhile: Callable[[], None] = nothing) -> Answer:
        """Sends one letter and tells what became of it. Never raises for what the other side says.

        ``meanwhile`` may be done while its answer is awaited.
        """
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def chosen() -> Channel:
    """The way this installation was told to use. A provider's library is imported only where one is named."""
    if not settings.EMAIL_PROVIDER:
        return Line()
    channel: Channel = import_string("coordination.notifications.provider.Provider")()
    return channel
