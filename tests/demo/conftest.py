"""When the demo world is played in tests."""

from datetime import UTC, datetime

NOW = datetime(2026, 3, 4, 15, 10, tzinfo=UTC)  # miércoles 4 de marzo de 2026, 10:10 in Quito
