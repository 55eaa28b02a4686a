"""The mark on a database that holds the demo world."""

from django.db import models


class DemoWorld(models.Model):
    """One row says: this database is a demo, filled at ``loaded_at``. Without it the demo refuses to write."""

    version = models.PositiveSmallIntegerField(unique=True)
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.version} · {self.loaded_at:%Y-%m-%d}"
