"""What letters say of evidence: what came with a report, and which addresses no longer open."""

from coordination.commitments.models import Commitment, Report


def came_with(report: Report) -> list[str]:
    """What its verifier will find; both keys read restricted pieces too."""
    return [
        piece.title for piece in report.evidence.standing().filter(url="").only("title").order_by("id")[:20]
    ]


def address_of(report: Report) -> str:
    """The first address given as evidence that still opens."""
    standing = report.evidence.standing().exclude(url="").filter(gone_at=None)
    return standing.order_by("id").values_list("url", flat=True).first() or ""


def lost(commitment: Commitment) -> list[str]:
    """The responsible organization's own pieces whose address shows nothing any more: a copy is asked for."""
    gone = commitment.evidence.standing().filter(
        gone_at__isnull=False, organization=commitment.responsible_id
    )
    return list(gone.order_by("id").values_list("title", flat=True)[:10])
