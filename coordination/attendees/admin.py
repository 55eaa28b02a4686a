"""Who is called, who will come and who came: shown, not written. What belongs to a closed session is absent."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from coordination.attendees.models import Attendance, Convocation, Delegate, Invitation
from coordination.common.admin import ReadOnlyAdmin, ReadOnlyInline


class DelegateInline(ReadOnlyInline):
    model = Delegate
    fields = ["person", "role", "post_title", "registered_at", "withdrawn_at"]


@admin.register(Convocation)
class ConvocationAdmin(ReadOnlyAdmin):
    list_display = ["number", "session", "sent_at"]
    list_select_related = ["session__mesa"]
    search_fields = ["number", "session__mesa__plain_name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Convocation]:
        return super().get_queryset(request).filter(session__is_casa_adentro=False)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Without the link: who holds it answers for the organization."""

    list_display = ["organization", "session", "role", "state", "answered_at"]
    list_filter = ["state", "role", "session__mesa"]
    list_select_related = ["organization", "session__mesa"]
    search_fields = ["organization__plain_name", "session__mesa__plain_name"]
    inlines = [DelegateInline]
    fields = [
        "organization",
        "session",
        "post",
        "role",
        "votes",
        "state",
        "modality",
        "note",
        "seen_at",
        "answered_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        return super().get_queryset(request).filter(session__is_casa_adentro=False)


@admin.register(Attendance)
class AttendanceAdmin(ReadOnlyAdmin):
    list_display = ["organization", "session", "status", "is_walk_in", "recorded_at"]
    list_filter = ["status", "is_walk_in", "block__session__mesa"]
    list_select_related = ["organization", "block__session__mesa"]
    search_fields = ["organization__plain_name", "name"]
    fields = ["organization", "session", "delegate", "name", "status", "is_walk_in", "recorded_at"]
    readonly_fields = ["session"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attendance]:
        return (
            super()
            .get_queryset(request)
            .filter(block__session__is_casa_adentro=False, block__is_casa_adentro=False)
        )

    @admin.display(description=Convocation._meta.get_field("session").verbose_name)
    def session(self, attendance: Attendance) -> str:
        return str(attendance.block.session)
