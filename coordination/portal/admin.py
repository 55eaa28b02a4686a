"""History and mail in the administration: both speak of every room, so they are shown from above all of them."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from coordination.activity.models import Activity
from coordination.attendees.models import Attendance, Convocation, Delegate, Invitation
from coordination.commitments.models import Commitment, Report, Verification, VerificationCode
from coordination.common.admin import ReadOnlyAdmin
from coordination.notifications.kinds import CLOSED_PART
from coordination.notifications.models import CalendarReply, Notification
from coordination.notifications.summaries import accounted_for
from coordination.sessions.models import AgendaItem, AgendaProposal, Block, FollowUpTask, Outcome, Session

# What never belongs to a session.
OPEN_SUBJECTS = (
    "organization",
    "joinrequest",
    "tenure",
    "post",
    "person",
    "mesa",
    "seat",
    "secretariatmandate",
)
# How each subject that may belong to a session leads to it. A subject in neither list is not shown at all.
LEADS_TO_SESSION: dict[type[Model], str] = {
    Session: "",
    Block: "session__",
    AgendaItem: "session__",
    AgendaProposal: "session__",
    CalendarReply: "session__",
    Outcome: "session__",
    FollowUpTask: "session__",
    Convocation: "session__",
    Invitation: "session__",
    Delegate: "invitation__session__",
    Attendance: "block__session__",
    Commitment: "session__",
    Report: "commitment__session__",
    Verification: "commitment__session__",
    VerificationCode: "commitment__session__",
}


# What may be closed in an open session, and how one tells.
CLOSED_BY: dict[type[Model], Q] = {
    Block: Q(is_casa_adentro=True),
    AgendaItem: Q(is_casa_adentro=True),
    Outcome: Q(item__is_casa_adentro=True) | Q(is_reserved=True),
    Attendance: Q(block__is_casa_adentro=True),
    Commitment: Q(is_casa_adentro=True),
    Report: Q(commitment__is_casa_adentro=True),
    Verification: Q(commitment__is_casa_adentro=True),
    VerificationCode: Q(commitment__is_casa_adentro=True),
}


def of_open_sessions() -> Q:
    """The rows, of whatever table points by ``subject_type`` and id, whose subject is not casa adentro."""
    shown = Q(subject_type__in=OPEN_SUBJECTS)
    for model, way in LEADS_TO_SESSION.items():
        # Default managers leave closed parts out, and what is left out here would be shown.
        closes = Q(**{f"{way}is_casa_adentro": True}) | CLOSED_BY.get(model, Q(pk__in=[]))
        closed = model._base_manager.filter(closes).values("pk")
        shown |= Q(subject_type=model._meta.model_name) & ~Q(subject_id__in=closed)
    return shown


class SubjectAdmin(ReadOnlyAdmin):
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(of_open_sessions())


@admin.register(Activity)
class ActivityAdmin(SubjectAdmin):
    list_display = ["occurred_at", "kind", "subject_type", "subject_id", "actor_user_id", "dispatched_at"]
    list_filter = ["subject_type", "kind", ("dispatched_at", admin.EmptyFieldListFilter)]
    search_fields = ["kind", "subject_type", "=subject_id"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Lines about closed parts and circles say so themselves (``casa``)."""
        return super().get_queryset(request).exclude(payload__has_key="casa")


@admin.register(Notification)
class NotificationAdmin(SubjectAdmin):
    list_display = ["kind", "recipient", "state", "due_at", "sent_at", "attempts", "answer_code"]
    list_filter = ["state", "kind"]
    list_select_related = ["recipient"]
    search_fields = ["recipient__name", "recipient__email", "kind"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(accounted_for()).exclude(kind=CLOSED_PART)
