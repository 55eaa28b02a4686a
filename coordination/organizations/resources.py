"""Organizations in and out by spreadsheet: codes instead of ids, a message per wrong row, all or nothing."""

from collections.abc import MutableMapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget

from coordination.common.models import free_slug
from coordination.organizations.models import Organization
from coordination.taxonomies.models import Canton, Province, Sector, SectorType

# A cell that begins so is a formula to a spreadsheet: it gets an apostrophe on its way out, and loses it coming in.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


class CodeWidget(ForeignKeyWidget):
    """A row by its code or address name; one that nobody knows is named in the message."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = str(value).strip() if value is not None else ""
        if not text:
            return None
        found = self.model.objects.filter(**{self.field: text}).first()
        if found is None:
            name = self.model._meta.verbose_name
            raise ValueError(
                _("There is no %(what)s with the code “%(code)s”.") % {"what": name, "code": text}
            )
        return found


def by_code(name: str, model: type, key: str = "code") -> Field:
    return Field(column_name=name, attribute=name, widget=CodeWidget(model, key))


class OrganizationResource(ModelResource):
    sector_type = by_code("sector_type", SectorType)
    sector_override = by_code("sector_override", Sector)
    province = by_code("province", Province)
    canton = by_code("canton", Canton)
    parent = by_code("parent", Organization, "slug")

    class Meta:
        model = Organization
        import_id_fields = ["slug"]
        fields = [
            "slug", "name_es", "name_en", "acronym_es", "acronym_en", "sector_type", "sector_override", "level",
            "province", "canton", "parent", "mission_es", "mission_en", "mandate_es", "mandate_en", "website", "state",
        ]  # fmt: skip
        export_order = fields
        clean_model_instances = True
        use_transactions = True
        skip_unchanged = True
        report_skipped = True

    def before_import_row(self, row: MutableMapping[str, Any], **kwargs: Any) -> None:
        """Without an address name the row is a new organization; its name must then be new too."""
        for column, value in list(row.items()):
            if isinstance(value, str):
                row[column] = _bare(value.strip())
        name = str(row.get("name_es") or "").strip()
        if not name:
            raise ValidationError({"name_es": _("The name in Spanish is missing.")})
        if not row.get("slug"):
            if Organization.objects.called(name).exists():
                raise ValidationError(
                    {
                        "slug": _("“%(name)s” is already here: give its address name to change it.")
                        % {"name": name}
                    }
                )
            row["slug"] = free_slug(Organization, str(row.get("acronym_es") or name))

    def before_save_instance(self, instance: Organization, row: Any, **kwargs: Any) -> None:
        instance.version += 1

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        """An empty cell is an empty text: a sheet that went out and came back changes nothing."""
        if import_validation_errors or original.pk is None:
            return False
        fields = self.get_import_fields()
        return all((field.get_value(instance) or "") == (field.get_value(original) or "") for field in fields)

    def export_field(self, field: Field, instance: Any, **kwargs: Any) -> Any:
        return _safe(super().export_field(field, instance, **kwargs))


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else value


def _bare(value: str) -> str:
    return value[1:] if value[:1] == "'" and value[1:].startswith(FORMULA_SIGNS) else value
