"""Every page of the cycle, found in the demo world: its name, its address, and who reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone, translation

from coordination.attendees.models import Invitation
from coordination.commitments.models import Commitment
from coordination.mesas.models import Mesa
from coordination.notifications import preferences
from coordination.notifications.kinds import KINDS
from coordination.notifications.models import Notification
from coordination.organizations.models import Organization, Person
from coordination.sessions.models import AgendaProposal, Outcome, Paper, Session

PUBLIC, LINK, FOCAL, STAFF, ADMIN = "public", "link", "focal point", "staff", "admin"


@dataclass(frozen=True)
class Shown:
    name: str
    path: str
    reader: str
    post: dict[str, str] | None = None  # what is typed and sent first: the page of a mistake
    status: int = 200


def at(name: str, *args: Any, query: str = "") -> str:
    with translation.override("es"):
        return reverse(name, args=args) + query


def public() -> Iterator[Shown]:
    living = Session.objects.filter(provenance="live")
    held = living.filter(closed_at__isnull=False).first()
    historic = Session.objects.filter(provenance="historic").order_by("starts_at").first()
    mesa = Mesa.objects.filter(provenance="live", commitments__isnull=False).first()
    commitment = Commitment.objects.filter(
        provenance="live", agreed_at__isnull=False, indicators__isnull=False
    ).first()
    assert held and historic and mesa and commitment and commitment.responsible
    paths = {
        "home": at("portal:home"),
        "home in English": "/en/",
        "mesas": at("mesas:list"),
        "mesa": mesa.get_absolute_url(),
        "historic mesa": Mesa.objects.filter(provenance="historic")[0].get_absolute_url(),
        "sessions": at("sessions:list"),
        "calendar": at("portal:calendar"),
        "calendar as a table": at("portal:calendar", query="?vista=mes"),
        "calendar of a mesa": at("portal:calendar", query=f"?mesa={mesa.slug}&vista=lista"),
        "empty month": at("portal:calendar", query="?mes=2090-01"),
        "past sessions": at("sessions:list", query="?when=past"),
        "held session": held.get_absolute_url(),
        "announced session": living.get(state="announced").get_absolute_url(),
        "historic session": historic.get_absolute_url(),
        "commitments": at("commitments:list"),
        "no commitment matches": at("commitments:list", query="?q=zzzz"),
        "commitment": commitment.get_absolute_url(),
        "organizations": at("organizations:list"),
        "organization": commitment.responsible.get_absolute_url(),
        "join": at("organizations:join"),
        "join sent": at("organizations:join_sent"),
        "search": at("portal:search", query="?q=frontera"),
        "accessibility": at("portal:accessibility"),
        "privacy": at("portal:privacy"),
        "sign in": at("account_login"),
        "code by mail": at("account_request_login_code"),
        "forgotten password": at("account_reset_password"),
    }
    with translation.override("es"):
        for name, path in paths.items():
            yield Shown(name, path, PUBLIC)
    yield Shown("nowhere", "/es/no-existe/", PUBLIC, status=404)
    yield Shown(
        "wrong password", at("account_login"), PUBLIC, post={"login": "nadie@cast.example", "password": "no"}
    )
    yield Shown("join with mistakes", at("organizations:join"), PUBLIC, post={})


def by_link() -> Iterator[Shown]:
    open_ones = Invitation.objects.filter(session__state="convened", session__starts_at__gt=timezone.now())
    asked = open_ones.filter(state__in=["pending", "seen"]).first()
    accepted, declined = (
        open_ones.filter(state="accepted").first(),
        open_ones.filter(state="declined").first(),
    )
    answers = Commitment.objects.filter(
        provenance="live", state__in=["agreed", "in_progress"], indicators__isnull=False
    ).first()
    waits = Commitment.objects.filter(provenance="live", state="reported").first()
    assert asked and accepted and declined and answers and waits
    yield Shown("invitation", at("attendees:invitation", asked.token), LINK)
    yield Shown("invitation without a choice", at("attendees:invitation", asked.token), LINK, post={})
    yield Shown("delegation", at("attendees:delegation", asked.token), LINK)
    yield Shown(
        "delegation with mistakes",
        at("attendees:delegation", asked.token),
        LINK,
        post={"principal_name": "Eva", "principal_email": "no"},
    )
    yield Shown("delegation to change", at("attendees:delegation", accepted.token), LINK)
    yield Shown("confirmed", at("attendees:answered", accepted.token), LINK)
    named = {"principal_name": "Eva Dos", "principal_email": "eva@dos.example"}
    yield Shown("delegation to check", at("attendees:delegation", asked.token), LINK, post=named)
    queue = open_ones.get(delegates__waiting_since__isnull=False)
    yield Shown("waiting list", at("attendees:answered", queue.token), LINK)
    yield Shown("figures of a delegation", at("attendees:stated", queue.token), LINK)
    yield Shown("declined", at("attendees:answered", declined.token), LINK)
    paper = Paper.objects.get()
    presents = paper.session.invitations.get(organization=paper.versions.all()[0].added_by)
    proposes = paper.session.invitations.get(organization__proposals__state="pending")
    yield Shown("papers by link", at("attendees:papers", presents.token), LINK)
    yield Shown(
        "a paper without a file", at("attendees:paper_new", presents.token), LINK, post={"title": "A"}
    )
    yield Shown("proposals by link", at("attendees:proposals", proposes.token), LINK)
    yield Shown("dead link", at("attendees:invitation", "nada.nada"), LINK, status=404)
    yield Shown("report", at("commitments:report", answers.token(Commitment.REPORT_LINK)), LINK)
    sent = waits.reports.filter(organization=waits.responsible_id).first()
    if sent:
        done = at("commitments:report_done", waits.token(Commitment.REPORT_LINK), sent.public_id)
        yield Shown("report sent", done, LINK)
    yield Shown(
        "evidence", at("commitments:evidence_add_by_link", answers.token(Commitment.REPORT_LINK)), LINK
    )
    yield Shown(
        "report refused", at("commitments:report", answers.token(Commitment.REPORT_LINK)), LINK, post={}
    )
    yield Shown("verify", at("commitments:verify", waits.token(Commitment.VERIFY_LINK)), LINK)
    disputed = Commitment.objects.filter(provenance="live", state="disputed").first()
    if disputed:
        token = disputed.token(Commitment.VERIFY_LINK)
        yield Shown("decide anew", at("commitments:verify", token), LINK)
        token = disputed.token(Commitment.REPORT_LINK)
        yield Shown("both versions", at("commitments:dispute_by_link", token), LINK)
    yield Shown("ask for time", at("commitments:ask_time_by_link", waits.token(Commitment.REPORT_LINK)), LINK)
    yield Shown(
        "code", at("commitments:verify", waits.token(Commitment.VERIFY_LINK)), LINK, post={"decision": "met"}
    )
    yield Shown("dead report", at("commitments:report", "nada.nada"), LINK, status=404)
    carmen = Person.objects.get(email="carmen.loja@cisp.example")
    stop = preferences.stop_link(carmen, KINDS["session_reminder"])
    yield Shown("preferences", at("notifications:preferences", preferences.token(carmen)), LINK)
    yield Shown("one kind no longer wanted", stop, LINK)
    yield Shown("dead preferences", at("notifications:preferences", "nada.nada"), LINK, status=404)


def staff() -> Iterator[Shown]:
    living, now = Session.objects.filter(provenance="live"), timezone.now()
    draft = living.filter(state="draft", series=None).first()
    one_of_many = living.filter(series__isnull=False).first()
    ahead = (
        living.filter(state="convened", starts_at__gt=now)
        .exclude(convocation=None)
        .order_by("starts_at")
        .last()
    )
    over = living.filter(state="convened", ends_at__lt=now).first()
    closed = living.filter(closed_at__isnull=False).first()
    assert draft and ahead and over and closed and one_of_many
    yield from (
        Shown(f"{name} {label}", at(route, session.public_id), STAFF)
        for label, session, routes in (
            (
                "of a draft",
                draft,
                (
                    "portal:session",
                    "sessions:agenda",
                    "sessions:blocks",
                    "sessions:edit",
                    "sessions:cancel",
                    "attendees:convene",
                ),
            ),
            (
                "of a convened session",
                ahead,
                (
                    "portal:session",
                    "sessions:move",
                    "sessions:cancel",
                    "attendees:delegations",
                    "attendees:guests",
                    "attendees:missing",
                    "attendees:attendance",
                    "attendees:places",
                ),
            ),
            (
                "of a session that is over",
                over,
                ("portal:session", "attendees:attendance", "sessions:outcomes", "sessions:close"),
            ),
            (
                "of a closed session",
                closed,
                ("portal:session", "attendees:attendance", "sessions:outcomes", "sessions:next"),
            ),
        )
        for route in routes
        for name in (route.partition(":")[2],)
    )
    yield Shown(
        "part of the mesa",
        at("attendees:convene", draft.public_id, query="?came=never&level=national"),
        STAFF,
    )
    yield Shown(
        "mistakes of a guest",
        at("attendees:guests", ahead.public_id),
        STAFF,
        post={"person": "=1", "email": "no"},
    )
    item = draft.agenda.filter(is_generated=False).first()
    slug = draft.mesa.slug
    waits = Commitment.objects.filter(provenance="live", state__in=["agreed", "in_progress"]).first()
    proposed = Commitment.objects.filter(provenance="live", state="proposed").first() or waits
    outcome = Outcome.objects.filter(session=over).first() or Outcome.objects.filter(session=closed).first()
    message = Notification.objects.filter(root_type="session", root_id=ahead.pk).first()
    assert item and waits and proposed and outcome and message
    first = over.agenda.filter(is_generated=False).first()
    assert first
    paper, asked = Paper.objects.get(), AgendaProposal.objects.get(state="pending")
    with_papers = paper.session.public_id
    paths = {
        "papers": at("sessions:papers", with_papers),
        "new paper": at("sessions:paper_new", with_papers),
        "new version": at("sessions:paper_version", with_papers, paper.public_id),
        "proposals": at("sessions:proposals", with_papers),
        "answer a proposal": at("sessions:proposal_answer", with_papers, asked.public_id),
        "cut-offs": at("sessions:cut_offs", with_papers),
        "my work": at("portal:my_work"),
        "calendar of one's own": at("portal:calendar", query="?mias=on"),
        "planner": at("portal:planner"),
        "planner of another month": at("portal:planner", query=f"?mes={ahead.starts_at:%Y-%m}"),
        "components": at("portal:style"),
        "new mesa": at("mesas:create"),
        "edit mesa": at("mesas:edit", slug),
        "seats": at("mesas:seats", slug),
        "standing delegates": at("mesas:standing", ahead.mesa.slug, ahead.mesa.seats.first().pk),
        "places and letters": at("mesas:delegation_rules", ahead.mesa.slug),
        "ranks": at("portal:ranks", closed.mesa.slug, closed.invitations.first().organization.slug),
        "reminders": at("notifications:ladder", slug),
        "reminders with mistakes": at("notifications:ladder", slug, query="?v=1&s=5"),
        "mesa": at("portal:mesa", slug),
        "schedule": at("sessions:schedule", slug),
        "block": at("sessions:block_edit", draft.public_id, draft.blocks.get().pk),
        "take a block out": at("sessions:block_remove", draft.public_id, draft.blocks.get().pk),
        "series": at("sessions:series", slug),
        "session of a series": one_of_many.get_absolute_url(),
        "item": at("sessions:item_edit", draft.public_id, item.public_id),
        "new outcome": at("sessions:outcomes", over.public_id, query=f"?punto={first.public_id}"),
        "outcome": at("sessions:outcome_edit", outcome.session.public_id, outcome.public_id),
        "commitments": at("commitments:list"),
        "commitment": at("commitments:detail", waits.public_id),
        "edit commitment": at("commitments:edit", proposed.public_id),
        "extend": at("commitments:extend", waits.public_id),
        "withdraw": at("commitments:withdraw", waits.public_id),
        "record as not met": at("commitments:record_not_met", waits.public_id),
        "addresses": at("account_email"),
        "password": at("account_change_password"),
        "second factor": at("mfa_index"),
        "messages": at("notifications:messages", query="?group=all"),
        "no message matches": at("notifications:messages", query="?q=zzzz"),
        "message": at("notifications:message", message.public_id),
        "letters": at("notifications:gallery"),
        "notices": at("notifications:inbox"),
        "what I receive": at("notifications:my_preferences"),
    }
    for name, path in paths.items():
        yield Shown(name, path, STAFF)
    yield Shown("schedule with mistakes", at("sessions:schedule", slug), STAFF, post={"day": "2020-01-01"})
    yield Shown("mesa with mistakes", at("mesas:create"), STAFF, post={})
    yield Shown("block with mistakes", at("sessions:blocks", draft.public_id), STAFF, post={"ends": "1"})
    rhythm = {"day": f"{now + timedelta(days=90):%Y-%m-%d}", "starts": "09:00", "ends": "11:00", "count": "4"}
    yield Shown("dates of a series", at("sessions:series", slug), STAFF, post=rhythm)


def focal_point() -> Iterator[Shown]:
    yield Shown("my organization", at("portal:my_organization"), FOCAL)
    yield Shown("handover", at("portal:handover"), FOCAL)


def administration() -> Iterator[Shown]:
    one = Organization.objects.filter(state="active").first()
    assert one
    yield Shown("administration", at("admin:index"), ADMIN)
    yield Shown("state of the system", at("portal:system"), ADMIN)
    yield Shown("hold everything", at("notifications:hold"), ADMIN)
    yield Shown("hold without a reason", at("notifications:hold"), ADMIN, post={})
    yield Shown(
        "organizations in the administration", at("admin:organizations_organization_changelist"), ADMIN
    )
    yield Shown(
        "organization in the administration", at("admin:organizations_organization_change", one.pk), ADMIN
    )


def everything() -> list[Shown]:
    return [*public(), *by_link(), *focal_point(), *staff(), *administration()]
