"""A session's page: where the cycle stands, what is missing first, then the rows."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject, NullIf
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actor import Actor
from coordination.attendees.annexes import published
from coordination.attendees.models import Attendance, Invitation
from coordination.commitments.alliances.queries import with_flag
from coordination.commitments.lights import with_light
from coordination.commitments.models import Commitment
from coordination.common import dates
from coordination.common.compiled import compiled
from coordination.common.dates import spoken
from coordination.minutes.sharing import SharingSheet
from coordination.minutes.texts import Minutes
from coordination.notifications import ledger
from coordination.notifications.words import kind_words
from coordination.organizations.models import SPEAKING_POSTS, Post
from coordination.portal import follow_up, queries
from coordination.sessions.circle import Reach, with_reach
from coordination.sessions.models import AgendaProposal, FollowUpTask, Paper, Session
from coordination.sessions.paper_queries import papers_by_item
from coordination.sessions.permissions import can_read_papers, in_circle, papers_shown
from coordination.sessions.program import parts
from coordination.sessions.queries import agenda_with_times
from coordination.sessions.series import siblings, with_siblings
from coordination.taxonomies.models import Sector

CONVENED_OR_LATER = (Session.State.CONVENED, Session.State.HELD, Session.State.FAILED)


@dataclass(frozen=True)
class Missing:
    """One thing to do: what, why, and the page that does it."""

    state: str
    title: str
    note: str
    url: str
    action: str


def of(session: Session, *, actor: Actor, now: datetime, staff: bool) -> dict[str, Any]:
    """The page's context. The public gets the agenda, the outcomes once closed, and the commitments."""
    today = timezone.localdate()
    over = bool(session.ends_at and session.ends_at <= now)
    # The circle's outer ring knows when and where; what is dealt with and what was said is the record's.
    record = in_circle(actor, session)
    show_outcomes = record and (staff or session.closed_at is not None or session.is_historic)
    page: dict[str, Any] = {
        "over": over,
        "agenda": agenda_with_times(session).items if record else [],
        "outcomes": queries.outcomes_of.rows(actor, session.pk) if show_outcomes else [],
        "commitments": with_light(_commitments.rows(actor, session.pk, session.is_historic), today),
        "reviews": record and not session.is_historic,
        "participants": list(session.participants.order_by("plain_name")) if session.is_historic else [],
        "today": today,
        "program": parts(session, inside=record),
        "known": Reach(getattr(session, "circle_people", 0), getattr(session, "circle_inside", False)),
        "meets_today": session.lasts_on(today) or _meets(session, today),
        "series": series_of(session),
    }
    # Who keeps the session has them on a page of their own, behind a link that says how many.
    if record and not staff:
        page["papers"] = papers_by_item(papers_shown(actor, session), session)
        page["reads_papers"] = bool(page["papers"]) and can_read_papers(actor, session)
    if not staff and getattr(session, "photos_there", False):
        page["photos"] = published(session=session)
    if not staff and not over and session.state == Session.State.CONVENED:
        page["own"] = own_invitation(session, actor)
    if staff:
        page |= _staff(session, page, now=now, over=over)
    return page


@compiled
def _commitments(actor: Actor, session: int, is_historic: bool) -> Any:
    rows = Commitment.objects.visible_to(actor).filter(session=session).order_by("number")
    rows = rows.select_related("mesa", "responsible", "verifier")
    return rows.prefetch_related("historic_responsible") if is_historic else rows


def own_invitation(session: Session, actor: Actor) -> Invitation | None:
    """The call of an organization this person speaks for; the public's page asks nothing."""
    if not actor.post_ids:
        return None
    return _own_invitation.first(actor, session.pk)


@compiled
def _own_invitation(actor: Actor, session: int) -> Any:
    posts = Post.objects.filter(id__in=actor.post_ids, kind__in=SPEAKING_POSTS)
    rows = Invitation.objects.visible_to(actor).filter(
        session=session, organization__in=posts.values("organization")
    )
    return rows.select_related("organization").order_by("pk")[:1]


def series_of(session: Session) -> dict[str, Any]:
    """Which of how many it is, and its neighbours; empty without a series, or where it shows alone."""
    rows = siblings(session)
    if len(rows) < 2:
        return {}
    place = [row.pk for row in rows].index(session.pk)
    return {
        "place": place + 1,
        "count": len(rows),
        "rhythm": session.series.get_preset_display() if session.series else "",
        "before": rows[place - 1] if place else None,
        "after": rows[place + 1] if place + 1 < len(rows) else None,
    }


@compiled
def shown(actor: Actor, public_id: UUID, today: date) -> Any:
    """The session's row with everything its page asks of it."""
    rows = with_flag(_with_review(Session.objects.visible_to(actor), actor, today), "session")
    rows = with_siblings(rows, actor)
    return rows.filter(public_id=public_id).select_related(
        "mesa",
        "series",
        "canton__province",
        "province",
        "host",
        "convocation",
        "room__organization",
        "online_account__organization",
    )


def _with_review(sessions: "QuerySet[Session]", actor: Actor, today: date) -> "QuerySet[Session]":
    """Adds what the generated first item reviews: how many of the mesa's other commitments are open, and late;
    where the newest minutes stand that the actor sees, and which sheet tells of its closed part."""
    others = (
        Commitment.objects.visible_to(actor)
        .filter(mesa=OuterRef("mesa"))
        .exclude(session=OuterRef("pk"))
        .open()
        .order_by()
        .values("mesa")
    )
    late = others.filter(due_on__lt=today)
    told = Minutes.objects.visible_to(actor).filter(session=OuterRef("pk"))
    told = told.exclude(state=Minutes.State.SUPERSEDED).order_by("-version")
    shared = SharingSheet.objects.visible_to(actor).filter(
        session=OuterRef("pk"), state=SharingSheet.State.PUBLISHED
    )
    return with_reach(sessions, actor).annotate(
        review_open=Coalesce(Subquery(others.annotate(n=Count("id")).values("n")), 0),
        review_late=Coalesce(Subquery(late.annotate(n=Count("id")).values("n")), 0),
        minutes_state=Subquery(told.values("state")[:1]),
        shared_sheet=Subquery(shared.values("public_id")[:1]),
        papers_there=Coalesce(_counted(Paper.objects.shown_to(actor).filter(withdrawn_at=None)), 0),
        proposals_waiting=Coalesce(
            _counted(AgendaProposal.objects.filter(state=AgendaProposal.State.PENDING)), 0
        ),
        photos_there=Coalesce(_counted(published()), 0),
        has_list=Exists(
            Attendance.objects.filter(
                Q(block__is_casa_adentro=False) | Q(block__session__is_casa_adentro=True),
                block__session=OuterRef("pk"),
            )
        ),
        every_sector=ArraySubquery(_sectors()),
        tasks_there=ArraySubquery(
            FollowUpTask.objects.filter(session=OuterRef("pk"))
            .order_by("due_on", "id")
            .values(told=JSONObject(**{name: name for name in follow_up.TOLD}))
        ),
    )


def _sectors() -> Any:
    """For the gauge: id and short name of each, in the reader's language."""
    names = [
        NullIf(name, Value("")) for name in (f"short_name_{spoken()}", "short_name_es", f"name_{spoken()}")
    ]
    label = Coalesce(*names, "name_es", output_field=CharField())
    return Sector.objects.order_by("order", "id").values_list(JSONObject(id="id", label=label))


def _meets(session: Session, day: date) -> bool:
    """Whether a block the reader sees, of those closed too, lies on that day. No query."""
    zone = session.zone
    return any(
        block.starts_at.astimezone(zone).date() <= day <= block.ends_at.astimezone(zone).date()
        for block in session.blocks.all()
    )


def _counted(rows: "QuerySet[Any]") -> Subquery:
    """How many of these rows hang from the session."""
    of_session = rows.filter(session=OuterRef("pk")).order_by().values("session")
    return Subquery(of_session.annotate(n=Count("id")).values("n"))


def _staff(session: Session, page: dict[str, Any], *, now: datetime, over: bool) -> dict[str, Any]:
    rows = queries.answers(session)
    counts = dict.fromkeys(Invitation.State.values, 0) | Counter(row.state for row in rows)
    accepted = [row for row in rows if row.state == Invitation.State.ACCEPTED]
    convened = session.state in CONVENED_OR_LATER
    sectors = (
        _balance(session, [row.sector_id for row in accepted])
        if convened
        else queries.seated(session.mesa, on=timezone.localdate())
    )
    missing = _missing(session, page, counts=counts, now=now, over=over, sectors=sectors)
    tasks = follow_up.of_session(session, now=now)
    return {
        "counts": counts,
        "invited": len(rows),
        "invitations": rows[:8],
        "share": _share(session, counts),
        "sectors": sectors,
        "people": sum(row.people for row in accepted),
        "quorum": _quorum(session, [row for row in accepted if row.votes]),
        # What has its door in what is left to do stands there, with its date; the rest is ticked off by hand.
        "tasks": [row for row in tasks if not row.url or row.url not in {one.url for one in missing}],
        "steps": _steps(session, page, counts=counts, begun=_begun(session, now)),
        "missing": _dated(missing, tasks),
        **_messages(session, rows, over=over),
    }


def _balance(session: Any, sector_ids: list[int]) -> list[dict[str, object]]:
    """``attendees.queries.balance`` of a row that knows every sector."""
    counted = Counter(sector_ids)
    return [{"label": each["label"], "count": counted[each["id"]]} for each in session.every_sector]


def _messages(session: Session, rows: list[queries.Answer], *, over: bool) -> dict[str, Any]:
    """What the session sends next and sent last, by kind and hour, and where no mail arrives. One query."""
    if session.is_historic:
        return {}
    ahead, left = ledger.around(session, inside=getattr(session, "circle_inside", False))
    return {
        "will_send": [(kind_words(row.kind), row) for row in ahead],
        "has_sent": [(kind_words(row.kind), row) for row in left],
        "not_reached": [] if over else [row for row in rows if row.people_without_mail or not row.is_reached],
    }


def _begun(session: Session, now: datetime) -> bool:
    return session.starts_at is not None and session.starts_at <= now


def _share(session: Session, counts: dict[str, int]) -> list[dict[str, object]]:
    labels = {
        Invitation.State.ACCEPTED: ("green", _("Accepted"), "circle-check"),
        Invitation.State.SEEN: ("amber", _("Seen, no answer"), "eye"),
        Invitation.State.PENDING: ("grey", _("Not opened"), "mail"),
        Invitation.State.DECLINED: ("red", _("Declined"), "x"),
    }
    page = reverse("attendees:delegations", args=[session.public_id])
    return [
        {
            "state": light,
            "label": label,
            "icon": icon,
            "count": counts[state],
            "url": f"{page}?estado={state}",
        }
        for state, (light, label, icon) in labels.items()
        if counts[state]
    ]


def _quorum(session: Session, voting: list[queries.Answer]) -> list[dict[str, object]]:
    """Who is there once the register is closed; before that, who has accepted of those that vote."""
    closed = session.attendance_closed_at is not None
    here = session.present_organizations if closed else len(voting)
    filled = session.present_sectors if closed else len({row.sector_id for row in voting})
    return [
        {"label": _("Organizations"), "have": here or 0, "needed": session.mesa.quorum_organizations},
        {"label": _("Sectors"), "have": filled or 0, "needed": session.mesa.quorum_sectors},
    ]


def _steps(
    session: Session, page: dict[str, Any], *, counts: dict[str, int], begun: bool
) -> list[dict[str, object]]:
    convened = session.state in CONVENED_OR_LATER
    registered = session.attendance_closed_at is not None
    here = session.public_id
    steps: list[dict[str, object]] = [
        {
            "label": _("Agenda"),
            "done": len(page["agenda"]) > 1,
            "url": reverse("sessions:agenda", args=[here]),
        },
        {
            "label": _("Convene"),
            "done": convened,
            "note": _short(session.convened_at, session),
            "url": reverse("attendees:convene", args=[here]),
        },
        {
            "label": _("Delegations"),
            "done": begun and convened,
            "note": _("%(accepted)s of %(all)s")
            % {"accepted": counts["accepted"], "all": sum(counts.values())}
            if convened
            else "",
            "url": reverse("attendees:delegations", args=[here]),
        },
        {
            "label": _("Session"),
            "done": registered,
            "note": _short(session.starts_at, session),
            "url": reverse("attendees:attendance", args=[here]),
        },
        {
            "label": _("Outcomes"),
            "done": bool(page["outcomes"]),
            "note": str(len(page["outcomes"])) if page["outcomes"] else "",
            "url": reverse("sessions:outcomes", args=[here]),
        },
        {
            "label": _("Close"),
            "done": session.closed_at is not None,
            "note": _short(session.closed_at, session),
            "url": reverse("sessions:close", args=[here]),
        },
    ]
    if session.state != Session.State.CANCELLED:
        current = next((step for step in steps if not step["done"]), None)
        if current:
            current["current"] = True
    return steps


def _short(at: datetime | None, session: Session) -> str:
    return dates.short_date(at.astimezone(session.zone).date()) if at else ""


def _missing(
    session: Session,
    page: dict[str, Any],
    *,
    counts: dict[str, int],
    now: datetime,
    over: bool,
    sectors: list[dict[str, object]],
) -> list[Missing]:
    """The first things a tired official should do, most urgent first. Empty when nothing is missing."""
    if session.state in (Session.State.CANCELLED, Session.State.FAILED) or session.closed_at:
        return []
    if over:
        return _after(session, page)
    if session.state == Session.State.CONVENED and _begun(session, now):
        return _during(session, page)
    return _before(session, page, counts=counts, sectors=sectors)


def _dated(missing: list[Missing], tasks: list[follow_up.TaskRow]) -> list[Missing]:
    """With the day by which the secretariat does it, where a follow-up task says one."""
    due = {row.url: row.due for row in tasks if row.url}
    return [
        replace(one, note=f"{capfirst(due[one.url])}. {one.note}") if one.url in due else one
        for one in missing
    ]


def _before(
    session: Session, page: dict[str, Any], *, counts: dict[str, int], sectors: list[dict[str, object]]
) -> list[Missing]:
    here = session.public_id
    found: list[Missing] = []
    if len(page["agenda"]) < 2:
        found.append(
            Missing(
                "red",
                _("Write the order of the day"),
                _("Only the state of the commitments is on it so far."),
                reverse("sessions:agenda", args=[here]),
                _("Add items"),
            )
        )
    if session.state in (Session.State.DRAFT, Session.State.ANNOUNCED):
        found.append(
            Missing(
                "amber",
                _("Convene the organizations"),
                _("Nobody has been invited yet."),
                reverse("attendees:convene", args=[here]),
                _("Prepare the convocation"),
            )
        )
        return found
    silent = counts["pending"] + counts["seen"]
    if silent:
        found.append(
            Missing(
                "amber",
                ngettext(
                    "%(count)s organization has not answered",
                    "%(count)s organizations have not answered",
                    silent,
                )
                % {"count": silent},
                _("They get a reminder by themselves before the registration closes."),
                f"{reverse('attendees:delegations', args=[here])}?estado=silent",
                _("See which"),
            )
        )
    missing = [str(sector["label"]) for sector in sectors if not sector["count"]]
    if missing and session.mesa.quorum_sectors:
        found.append(
            Missing(
                "grey",
                ngettext("A sector has nobody coming", "%(count)s sectors have nobody coming", len(missing))
                % {"count": len(missing)},
                ", ".join(missing),
                reverse("mesas:seats", args=[session.mesa.slug]),
                _("See the seats"),
            )
        )
    if session.modality != Session.Modality.IN_PERSON and not session.online_url:
        found.append(
            Missing(
                "amber",
                _("Add the link to join online"),
                _("Only those who confirmed will see it."),
                reverse("sessions:edit", args=[here]),
                _("Add the link"),
            )
        )
    return found


def _during(session: Session, page: dict[str, Any]) -> list[Missing]:
    """While people sit at the table: who is in the room, then what they agree."""
    here = session.public_id
    found: list[Missing] = []
    if session.attendance_closed_at is None:
        found.append(
            Missing(
                "amber",
                _("Take the attendance"),
                _("The quorum is computed from it."),
                reverse("attendees:attendance", args=[here]),
                _("Open the register"),
            )
        )
    noted = len(page["outcomes"])
    found.append(
        Missing(
            "amber" if not noted else "grey",
            _("Record the outcomes"),
            ngettext("%(count)s recorded so far.", "%(count)s recorded so far.", noted) % {"count": noted}
            if noted
            else _("Decisions, recommendations and commitments, item by item."),
            reverse("minutes:running", args=[here]),
            _("Open the session's screen"),
        )
    )
    return found


def _after(session: Session, page: dict[str, Any]) -> list[Missing]:
    here = session.public_id
    found: list[Missing] = []
    if session.attendance_closed_at is None:
        found.append(
            Missing(
                "red",
                _("Complete the attendance register"),
                _("The quorum is computed from it."),
                reverse("attendees:attendance", args=[here]),
                _("Open the register"),
            )
        )
    if not page["outcomes"]:
        found.append(
            Missing(
                "red",
                _("Record the outcomes"),
                _("Decisions, recommendations and commitments, item by item."),
                reverse("sessions:outcomes", args=[here]),
                _("Record outcomes"),
            )
        )
    unfinished = [c for c in page["commitments"] if c.state == Commitment.State.PROPOSED]
    if unfinished:
        found.append(
            Missing(
                "amber",
                ngettext(
                    "%(count)s commitment is still only proposed",
                    "%(count)s commitments are still only proposed",
                    len(unfinished),
                )
                % {"count": len(unfinished)},
                _("It must be concrete, measurable and verifiable before it is agreed."),
                unfinished[0].get_absolute_url(),
                _("Complete it"),
            )
        )
    found.append(
        Missing(
            "amber",
            _("Close the session"),
            _("Closing publishes the outcomes and completes the record."),
            reverse("sessions:close", args=[here]),
            _("Close it"),
        )
    )
    return found
