"""The settings of a mesa in groups that say their present values while they are folded."""

from typing import Any, NamedTuple

from django.forms import BoundField
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.common.dates import zone_name
from coordination.mesas.forms import MesaForm

ESSENTIAL = ("name_es", "level", "kind", "province", "canton")


class Fold(NamedTuple):
    """``says`` stands in the line that opens it; one with a mistake in it is open."""

    key: str
    title: str
    says: str
    fields: list[BoundField]
    is_open: bool


def folds(form: MesaForm) -> list[Fold]:
    """Everything that is not essential. Says what was typed, or what is on file while nothing was."""
    groups = [
        ("names", _("Other names"), _names(form), ("name_en", "acronym", "code_prefix")),
        ("belongs", _("What it is part of, and its hour"), _belongs(form), ("parent", "time_zone")),
        ("why", _("What for"), _why(form), ("objectives_es", "objectives_en", "axes")),
        (
            "legal",
            _("Legal basis"),
            _legal(form),
            ("legal_kind", "legal_number", "legal_issued_on", "legal_gazette"),
        ),
        (
            "rules",
            _("Rules of procedure"),
            _rules(form),
            (
                "notice_days",
                "quorum_organizations",
                "quorum_sectors",
                "delegation_size",
                "silence_days",
                "rhythm_days",
            ),
        ),
        ("table", _("Who belongs at the table"), _table(form), ("expected_sectors", "expected_levels")),
        (
            "after",
            _("After each session"),
            _after(form),
            ("closing_days", "circulating_days", "publishing_days"),
        ),
        (
            "follow",
            _("How commitments are followed"),
            _follow(form),
            ("verifier_of_another_sector", "asking_days", "load_warning"),
        ),
        ("seen", _("Who sees it"), _seen(form), ("visibility",)),
    ]
    return [
        Fold(key, title, says, [form[name] for name in names], any(form[name].errors for name in names))
        for key, title, says, names in groups
    ]


def _value(form: MesaForm, name: str) -> Any:
    """As typed where something was; a wrong answer says nothing."""
    return form.cleaned_data.get(name) if form.is_bound else form[name].value()


def _number(form: MesaForm, name: str) -> int:
    return int(_value(form, name) or 0)


def _names(form: MesaForm) -> str:
    acronym, prefix = _value(form, "acronym"), _value(form, "code_prefix")
    parts = [
        _value(form, "name_en") or "",
        _("acronym %(acronym)s") % {"acronym": acronym} if acronym else _("no acronym"),
        _("codes with %(prefix)s") % {"prefix": prefix} if prefix else _("codes from its name"),
    ]
    return _sentence(parts)


def _belongs(form: MesaForm) -> str:
    parent = form.cleaned_data.get("parent") if form.is_bound else form.instance.parent
    part = _("part of %(name)s") % {"name": parent.name} if parent else _("part of no other")
    return _sentence([part, zone_name(_value(form, "time_zone") or form.instance.time_zone)])


def _why(form: MesaForm) -> str:
    count = len(form["axes"].value() or [])
    axes = ngettext("%(n)s thematic axis", "%(n)s thematic axes", count) % {"n": count}
    written = _value(form, "objectives_es")
    return _sentence(
        [_("objectives written") if written else _("no objectives yet"), axes if count else _("no axis yet")]
    )


def _legal(form: MesaForm) -> str:
    kind, number = _value(form, "legal_kind"), _value(form, "legal_number")
    labels = dict(form.fields["legal_kind"].choices)  # type: ignore[attr-defined]
    return (
        _sentence([f"{labels.get(kind, '')} {number or ''}".strip()]) if kind else _sentence([_("none yet")])
    )


def _follow(form: MesaForm) -> str:
    other = _value(form, "verifier_of_another_sector")
    asking = _number(form, "asking_days")
    return _sentence(
        [
            _("verified by another sector") if other else _("verified by another organization"),
            ngettext("asked %(n)s day before a session", "asked %(n)s days before a session", asking)
            % {"n": asking},
        ]
    )


def _rules(form: MesaForm) -> str:
    notice, size = _number(form, "notice_days"), _number(form, "delegation_size")
    return _sentence(
        [
            ngettext("%(n)s day of notice", "%(n)s days of notice", notice) % {"n": notice},
            _quorum(_number(form, "quorum_organizations"), _number(form, "quorum_sectors")),
            ngettext("%(n)s person per delegation", "%(n)s people per delegation", size) % {"n": size},
        ]
    )


def _quorum(organizations: int, sectors: int) -> str:
    seats = ngettext("%(n)s organization", "%(n)s organizations", organizations) % {"n": organizations}
    kinds = ngettext("%(n)s sector", "%(n)s sectors", sectors) % {"n": sectors}
    if organizations and sectors:
        return _("quorum: %(organizations)s of %(sectors)s") % {"organizations": seats, "sectors": kinds}
    if organizations or sectors:
        return _("quorum: %(what)s") % {"what": seats if organizations else kinds}
    return _("no quorum")


def _table(form: MesaForm) -> str:
    sectors, levels = len(form["expected_sectors"].value() or []), len(form["expected_levels"].value() or [])
    if not sectors and not levels:
        return _sentence([_("no rule yet: a convocation is compared with who came last time")])
    parts = [
        ngettext("%(n)s sector", "%(n)s sectors", sectors) % {"n": sectors} if sectors else "",
        ngettext("%(n)s level", "%(n)s levels", levels) % {"n": levels} if levels else "",
    ]
    return _sentence(parts)


def _after(form: MesaForm) -> str:
    days = [_number(form, name) for name in ("closing_days", "circulating_days", "publishing_days")]
    text = _("closed in %(closing)s, minutes in %(circulating)s, published in %(publishing)s working days")
    return _sentence([text % dict(zip(("closing", "circulating", "publishing"), days, strict=True))])


def _seen(form: MesaForm) -> str:
    labels = dict(form.fields["visibility"].choices)  # type: ignore[attr-defined]
    return _sentence([str(labels.get(_value(form, "visibility"), _("not chosen")))])


def _sentence(parts: list[str]) -> str:
    return capfirst(", ".join(part for part in parts if part))
