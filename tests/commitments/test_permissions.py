"""Who may keep, report and verify; every predicate and its list twin agree."""

import pytest

from accounts.actor import ANONYMOUS, Actor, LinkScope
from coordination.commitments import permissions
from coordination.commitments.gate import own_side
from coordination.commitments.models import Commitment
from coordination.commitments.page import for_page, speaks_for
from coordination.organizations.models import Post, Tenure
from tests.cast import SINCE, Cast, acting, person
from tests.commitments.world import DUE, agreed, historic, part_of, proposal, report, reported


def by_link(purpose: str, commitment: Commitment, organization_id: int) -> Actor:
    return Actor(link=LinkScope(purpose, commitment.pk, organization_id))


def test_keeping_is_the_secretariats(cast: Cast) -> None:
    commitment = agreed(cast)
    assert permissions.can_manage(cast.secretariat, commitment)
    for someone in (cast.tomas, cast.luis, cast.elena, cast.ana, cast.olga):
        assert not permissions.can_manage(acting(someone), commitment)
    assert not permissions.can_manage(cast.secretariat, historic(cast))


def test_reporting_is_the_responsible_organizations(cast: Cast) -> None:
    commitment = agreed(cast, responsible_id=cast.university.pk, verifier_id=cast.ngo.pk)
    assert permissions.can_report(acting(cast.luis), commitment)
    for someone in (cast.rosa, cast.tomas, cast.elena, cast.ana, cast.olga):
        assert not permissions.can_report(acting(someone), commitment)
    technician = person("Inés Coba", at=cast.university, kind=Post.Kind.TECHNICAL, user=True)
    assert not permissions.can_report(acting(technician), commitment)


def test_verifying_is_the_verifiers_and_nobody_elses(cast: Cast) -> None:
    commitment = reported(cast)
    assert permissions.can_verify(acting(cast.luis), commitment)
    for someone in (cast.rosa, cast.tomas, cast.elena, cast.ana, cast.olga):
        assert not permissions.can_verify(acting(someone), commitment)


def test_an_administrator_who_heads_the_responsible_organization_does_not_verify(cast: Cast) -> None:
    commitment = reported(cast)
    for organization in (cast.ngo, cast.university):
        Tenure.objects.create(
            post=Post.objects.filter(organization=organization)[0], person=cast.ana, starts_on=SINCE
        )
    assert not permissions.can_verify(acting(cast.ana), commitment)


@pytest.mark.parametrize("relation", ["parent", "child", "co-responsible parent"])
def test_kin_does_not_verify(cast: Cast, relation: str) -> None:
    commitment = reported(cast, co_responsible_ids=[cast.ministry.pk])
    pairs = {
        "parent": (cast.university, cast.ngo),
        "child": (cast.ngo, cast.university),
        "co-responsible parent": (cast.university, cast.ministry),
    }
    part_of(*pairs[relation])
    luis = acting(cast.luis)
    assert not permissions.can_verify(luis, commitment)
    assert commitment not in permissions.verifiable_by(luis)


def test_a_link_opens_its_own_purpose_and_commitment(cast: Cast) -> None:
    commitment = reported(cast)
    other = report(cast, agreed(cast))
    link = by_link(Commitment.VERIFY_LINK, commitment, cast.university.pk)
    assert permissions.can_verify(link, commitment)
    assert not permissions.can_report(link, commitment)
    assert not permissions.can_verify(link, other)
    assert not permissions.can_verify(by_link(Commitment.VERIFY_LINK, commitment, cast.ngo.pk), commitment)
    assert permissions.can_report(by_link(Commitment.REPORT_LINK, commitment, cast.ngo.pk), commitment)


def test_predicates_and_their_list_twins_agree(cast: Cast) -> None:
    made = [
        proposal(cast),
        agreed(cast),
        reported(cast),
        agreed(cast, responsible_id=cast.university.pk, verifier_id=cast.ngo.pk),
        reported(cast, co_responsible_ids=[cast.ministry.pk]),
        reported(cast, verifier_id=cast.ministry.pk),
        historic(cast, state=Commitment.State.AGREED, responsible=cast.university),
    ]
    part_of(cast.ministry, cast.university)
    people = [cast.rosa, cast.tomas, cast.luis, cast.elena, cast.ana, cast.olga]
    actors = [ANONYMOUS, *(acting(someone) for someone in people)]
    actors += [by_link(Commitment.REPORT_LINK, each, cast.ngo.pk) for each in made]
    actors += [by_link(Commitment.VERIFY_LINK, each, cast.university.pk) for each in made]
    for actor in actors:
        seen = list(Commitment.objects.visible_to(actor))
        assert set(permissions.reportable_by(actor)) == {
            each for each in seen if permissions.can_report(actor, each)
        }
        assert set(permissions.verifiable_by(actor)) == {
            each for each in seen if permissions.can_verify(actor, each)
        }


def test_a_withdrawn_proposal_is_nobodys_promise(cast: Cast) -> None:
    commitment = proposal(cast)
    Commitment.objects.filter(pk=commitment.pk).update(state="withdrawn", withdrawn_reason="x")
    assert commitment not in Commitment.objects.visible_to(ANONYMOUS)
    assert commitment in Commitment.objects.visible_to(cast.secretariat)


def test_casa_adentro_keeps_its_commitments_inside(cast: Cast) -> None:
    commitment = agreed(cast)
    session = commitment.session
    session.is_casa_adentro = True
    session.save()
    commitment.refresh_from_db()
    for actor in (ANONYMOUS, cast.secretariat, *(acting(each) for each in (cast.luis, cast.ana, cast.olga))):
        assert commitment not in Commitment.objects.visible_to(actor)
        assert not permissions.can_manage(actor, commitment)
    session.circle.create(person=cast.rosa, level="record", since=cast.now)
    assert commitment in Commitment.objects.visible_to(cast.secretariat)
    assert permissions.can_manage(cast.secretariat, commitment)


KEEPS, REPORTS, VERIFIES = "can_manage", "can_report", "can_verify"
TABLE = {
    # Who may at all, by the state it is in; everybody else may nothing in any of them.
    "proposed": {"rosa": {KEEPS}},
    "agreed": {"rosa": {KEEPS}, "carmen": {REPORTS}},
    "in_progress": {"rosa": {KEEPS}, "carmen": {REPORTS}},
    "reported": {"rosa": {KEEPS}, "carmen": {REPORTS}, "luis": {VERIFIES}},
    "met": {"rosa": {KEEPS}},
    "withdrawn": {"rosa": {KEEPS}},
}


def test_the_table_by_role(cast: Cast) -> None:
    """Keeping is the secretariat's in every state: each act looks at the state itself."""
    maria = person("María Chalán", at=cast.ngo, user=True)
    people = {
        "rosa": cast.rosa, "carmen": maria, "luis": cast.luis, "tomas": cast.tomas, "elena": cast.elena,
        "ana": cast.ana, "olga": cast.olga,
    }  # fmt: skip
    actors = {name: acting(someone) for name, someone in people.items()} | {"nobody": ANONYMOUS}
    for number, (state, expected) in enumerate(TABLE.items(), start=1):
        row = Commitment(
            state=state, mesa=cast.mesa, responsible=cast.ngo, verifier=cast.university, number=number,
            statement_es="x", due_on=DUE, deliverable="x", means_of_verification="x", withdrawn_reason="x",
            settled_by=cast.university if state == "met" else None,
        )  # fmt: skip
        row.save()
        for name, actor in actors.items():
            may = {each for each in (KEEPS, REPORTS, VERIFIES) if getattr(permissions, each)(actor, row)}
            assert may == expected.get(name, set()), (state, name)


def test_the_page_of_a_commitment_judges_as_the_rest_does(cast: Cast) -> None:
    """What is read with its row says the same as what is asked for apart."""
    part_of(cast.ministry, cast.outsider)
    commitment = reported(cast, co_responsible_ids=[cast.outsider.pk])
    for someone in (cast.rosa, cast.luis, cast.elena, cast.tomas, cast.ana):
        actor = acting(someone)
        paged = for_page(Commitment.objects.all(), actor).get(pk=commitment.pk)
        plain = Commitment.objects.get(pk=commitment.pk)
        assert own_side(paged) == own_side(plain)
        assert speaks_for(actor, paged) == speaks_for(actor)
        for name in (KEEPS, REPORTS, VERIFIES):
            may = getattr(permissions, name)
            assert may(actor, paged) == may(actor, plain)
