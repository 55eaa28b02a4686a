"""What the code on minutes says to whoever holds the paper."""

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.actor import Actor
from coordination.common import dates
from coordination.documents.codes import Verified
from coordination.minutes.texts import Minutes


def lookup(code: str, actor: Actor) -> Verified | None:
    """Number, version, session, how and when approved, both sums; of a closed session that it is ours and of when.

    The sums are the public version's. One that was replaced says by which. Two queries, four at most.
    """
    rows = Minutes.objects.select_related("session__mesa", "public_pdf", "correction")
    minutes = rows.filter(code=code).first()
    if minutes is None or minutes.approved_at is None:
        return None
    session, zone = minutes.session, minutes.session.zone.key
    day = dates.day_words(minutes.approved_at.astimezone(session.zone))
    if session.is_casa_adentro:
        text = _("This document is authentic. It was issued on %(day)s.") % {"day": day}
        return Verified(title=_("Authentic document"), text=text)
    superseded = minutes.state == Minutes.State.SUPERSEDED
    facts = [
        (_("Number"), minutes.number),
        (_("Version"), str(minutes.version)),
        (_("Session"), session.title),
        (_("Date of the session"), dates.day_words(session.local_day) if session.local_day else ""),
        (_("Approved on"), dates.moment(minutes.approved_at, zone)),
        (_("How it was approved"), minutes.get_approval_display()),
        (_("Sum of the text (SHA-256), as the foot says it"), minutes.sha256),
        (_("Sum of the PDF file (SHA-256)"), minutes.public_pdf.sha256 if minutes.public_pdf else ""),
    ]
    seen = Minutes.objects.visible_to(actor).filter(pk=minutes.pk).exists()
    return Verified(
        title=_("Authentic minutes"),
        text=_replaced(minutes) if superseded else _("These minutes are authentic and in force."),
        state="amber" if superseded else "green",
        facts=[(capfirst(label), value) for label, value in facts if value],
        link=reverse("minutes:version", args=[session.public_id, minutes.version]) if seen else "",
        link_text=_("Read the minutes"),
        file_sum=minutes.public_pdf.sha256 if minutes.public_pdf else "",
    )


def _replaced(minutes: Minutes) -> str:
    after = minutes.correction
    assert after.approved_at is not None  # noqa: S101  it became superseded by that
    day = dates.day_words(after.approved_at.astimezone(minutes.session.zone))
    return _(
        "These minutes are authentic and were replaced by version %(version)s, approved on %(day)s, with the code %(code)s."
    ) % {"version": after.version, "day": day, "code": after.code}
