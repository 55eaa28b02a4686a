"""Attacks on the follow-up: keys, evidence, spreadsheets, addresses. One test is one hole that stays closed."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from coordination.commitments import actions
from coordination.commitments.models import Commitment, Evidence
from coordination.organizations.models import Organization, Person, Post, Tenure
from tests.cast import SINCE, Cast, person
from tests.commitments import settled
from tests.commitments.settled import answer, chamber, fresh
from tests.commitments.test_evidence import add
from tests.commitments.world import agreed, part_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


def also_at(someone: Person, organization: Organization) -> None:
    post = Post.objects.create(
        organization=organization, title_es="Directora", title_en="Director", kind=Post.Kind.HEAD
    )
    Tenure.objects.create(post=post, person=someone, starts_on=SINCE)


class TestWhatWasNotMet:
    """The mesa records it, a second organization confirms: never the first one by another door."""

    def test_whoever_recorded_it_does_not_confirm_it_through_a_second_post(
        self, cast: Cast, sign_in: SignIn
    ) -> None:
        commitment = agreed(cast)
        other, _ines = chamber(cast)
        settled.record(cast, commitment, other)
        also_at(cast.rosa, other)
        with pytest.raises(actions.OwnKey):
            answer(cast, commitment, other, cast.rosa, True)
        page = reverse("commitments:second_signed_in", args=[commitment.public_id])
        assert sign_in(cast.rosa).post(page, {"confirms": "yes"}).status_code == 403
        assert fresh(commitment).state == "agreed"

    def test_a_colleague_of_whoever_recorded_it_does_not_either(self, cast: Cast) -> None:
        commitment = agreed(cast)
        other, _ines = chamber(cast)
        settled.record(cast, commitment, other)
        both = person("Dos Puestos", at=cast.ministry)
        also_at(both, other)
        with pytest.raises(actions.OwnKey):
            answer(cast, commitment, other, both, True)

    def test_a_second_organization_that_joined_the_one_that_recorded_it_does_not_confirm(
        self, cast: Cast
    ) -> None:
        commitment = agreed(cast)
        other, ines = chamber(cast)
        settled.record(cast, commitment, other)
        part_of(cast.ministry, other)
        with pytest.raises(actions.OwnKey):
            answer(cast, commitment, other, ines, True)
        assert fresh(commitment).state == "agreed"


class TestALink:
    """It opens one commitment, and nothing else of the organization it was mailed to."""

    def test_neither_reads_nor_changes_evidence_of_another_commitment_of_the_same_organization(
        self, cast: Cast, client: Client
    ) -> None:
        theirs, mine = agreed(cast), agreed(cast)
        shown, hidden = add(cast, theirs), add(cast, theirs, "lista.pdf", is_restricted=True)
        gone = add(cast, theirs, url="https://acta.example/")
        for purpose in (Commitment.REPORT_LINK, Commitment.VERIFY_LINK):
            token = mine.token(purpose)
            for piece in (shown, hidden):
                file = reverse("commitments:evidence_file_by_link", args=[token, piece.public_id])
                assert client.get(file).status_code == 404
                mend = reverse("commitments:evidence_mend_by_link", args=[token, piece.public_id])
                assert client.post(mend, {"take_back": "1", "reason": "x"}).status_code == 404
            mark = reverse("commitments:evidence_gone_by_link", args=[token, gone.public_id])
            assert client.post(mark).status_code == 404
        assert not Evidence.objects.exclude(withdrawn_at=None, gone_at=None).exists()
        own = reverse("commitments:evidence_file_by_link", args=[theirs.token("report"), hidden.public_id])
        assert client.get(own).status_code == 200


class TestAnAddress:
    def test_of_nonsense_is_not_found_and_no_error_of_ours(
        self, cast: Cast, client: Client, sign_in: SignIn
    ) -> None:
        load = reverse("commitments:load", args=[cast.ngo.slug])
        assert client.get(load, {"mesa": "\0"}).status_code < 500
        milestone = reverse("commitments:milestone_add", args=[cast.mesa.slug])
        for wrong in ("\0", "x", "0"):
            assert sign_in(cast.rosa).get(milestone, {"compromiso": wrong}).status_code == 404
