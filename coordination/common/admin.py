"""What the rooms' administration pages share."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext


class NoWriting:
    """Shows and writes nothing: these rows change through the pages of their room, by its actions."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(NoWriting, admin.ModelAdmin):
    list_per_page = 50


class ReadOnlyInline(NoWriting, admin.TabularInline):
    extra = 0
    can_delete = False


class KeptAdmin(admin.ModelAdmin):
    """Rows that are mended and never deleted: others point at them, and a deletion page would name those others."""

    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class QuietDeleteAdmin(admin.ModelAdmin):
    """Reference data. What is in use stays, and the refusal does not list by what: it may be casa adentro."""

    list_per_page = 100

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        rows = list(objs)
        _shown, _counts, forbidden, protected = super().get_deleted_objects(rows, request)
        in_use = [gettext("Something in use refers to it, so it stays. Change its name instead.")]
        return [str(row) for row in rows], {}, set(), in_use if forbidden or protected else []
