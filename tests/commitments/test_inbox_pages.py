"""The inbox of an organization, the load it bears, and what the secretariat sees of both."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.commitments import actions
from coordination.commitments.inbox import actions as receiving
from coordination.commitments.inbox import load
from coordination.commitments.inbox.queries import inbox, unreceived
from coordination.commitments.models import Acknowledgement, Commitment
from coordination.organizations.models import Post, Tenure
from tests.cast import SINCE, Cast, acting, many_seated, person
from tests.commitments.world import agreed, outcome, report, reported

pytestmark = pytest.mark.django_db
HERE = reverse("commitments:inbox")


@pytest.fixture
def today(db: None) -> Cast:
    return Cast(now=timezone.now())


def due(days: int) -> dict:
    return {"due_on": timezone.localdate() + timedelta(days=days)}


def of_luis(cast: Cast, days: int = 60, **given) -> Commitment:
    return agreed(cast, responsible_id=cast.university.pk, verifier_id=cast.ngo.pk, **due(days) | given)


def late(commitment: Commitment, days: int = 3) -> Commitment:
    Commitment.objects.filter(pk=commitment.pk).update(due_on=timezone.localdate() - timedelta(days=days))
    commitment.refresh_from_db()
    return commitment


def say(client: Client, commitment: Commitment, slug: str, do: str, **data: str):
    return client.post(reverse("commitments:receive", args=[commitment.public_id, slug]), {"do": do} | data)


def test_who_returned_a_report_has_received_it_and_the_other_side_reads_that_it_came_back(
    today: Cast, sign_in
) -> None:
    theirs = report(today, of_luis(today))
    ours = reported(today, **due(40))
    for one, who in ((theirs, today.ngo), (ours, today.university)):
        actions.verify(
            commitment_id=one.pk, organization_id=who.pk, person_id=None, decision="returned", text="Falta el acta",
            by=today.secretariat, now=timezone.now(),
        )  # fmt: skip
    page = sign_in(today.luis).get(HERE)
    rows = {row.pk: row for row in page.context["inbox"].page.object_list}
    assert rows[ours.pk].step == "waiting" and rows[ours.pk].chain[0].at is None
    assert page.content.decode().count("Se devolvió el") == 1


def test_the_first_screen_counts_what_is_to_be_done(today: Cast, sign_in) -> None:
    luis, slug = sign_in(today.luis), today.university.slug
    assert "No tiene nada" in (body := luis.get(HERE).content.decode()) or "nothing to do" in body
    new, old = of_luis(today), late(of_luis(today))
    waits = reported(today, **due(40))
    page = luis.get(HERE)
    found = page.context["inbox"]
    assert (found.to_do, found.late) == (3, 1)
    assert [(row.pk, row.step) for row in found.page.object_list] == [
        (old.pk, "overdue"),
        (waits.pk, "verify"),
        (new.pk, "acknowledge"),
    ]
    assert say(luis, new, slug, "acuse").status_code == 302
    assert [row.step for row in luis.get(HERE).context["inbox"].page.object_list][2] == "accept"
    say(luis, new, slug, "aceptar")
    found = luis.get(f"{HERE}?ver=en-curso").context["inbox"]
    assert found.counts == {"por-hacer": 2, "en-curso": 1, "cerrados": 0}
    (row,) = found.page.object_list
    assert [bool(link.at) for link in row.chain] == [True, True, False, False]


def test_opening_a_page_acknowledges_nothing(today: Cast, sign_in) -> None:
    commitment, luis = of_luis(today), sign_in(today.luis)
    for address in (HERE, commitment.get_absolute_url(), commitment.get_report_link()):
        assert luis.get(address).status_code == 200
    assert luis.get(reverse("commitments:receive", args=[commitment.public_id, today.university.slug]))
    assert not Acknowledgement.objects.exists()


def test_an_objection_asks_for_words_and_shows_where_it_went(today: Cast, sign_in) -> None:
    commitment, luis, slug = of_luis(today), sign_in(today.luis), today.university.slug
    refused = say(luis, commitment, slug, "objetar", objection=" ")
    assert refused.status_code == 422 and not Acknowledgement.objects.exists()
    assert say(luis, commitment, slug, "objetar", objection="No hay <b>fondos</b>").status_code == 302
    page = luis.get(f"{HERE}?ver=en-curso").content.decode()
    assert "No hay &lt;b&gt;fondos" in page
    rosa = sign_in(today.rosa)
    told = rosa.get(reverse("commitments:receipts", args=[today.mesa.slug])).content.decode()
    assert "No hay &lt;b&gt;fondos" in told and commitment.code in told


def test_only_who_speaks_for_a_side_answers(today: Cast, sign_in) -> None:
    commitment = of_luis(today)
    assert say(sign_in(today.elena), commitment, today.outsider.slug, "acuse").status_code == 403
    assert say(sign_in(today.elena), commitment, today.university.slug, "acuse").status_code == 403
    assert say(sign_in(today.ana), commitment, today.university.slug, "acuse").status_code == 403
    assert say(sign_in(today.rosa), commitment, today.university.slug, "acuse").status_code == 403
    Post.objects.filter(tenures__person=today.luis).update(kind=Post.Kind.TECHNICAL)
    luis = sign_in(today.luis)
    assert say(luis, commitment, today.university.slug, "acuse").status_code == 403
    assert "/recibo/" not in luis.get(HERE).content.decode()
    assert not Acknowledgement.objects.exists()


def test_the_link_of_the_mail_says_it_too_with_a_button(today: Cast) -> None:
    commitment = agreed(today, **due(60))
    address = reverse("commitments:receive_by_link", args=[commitment.token(Commitment.REPORT_LINK)])
    assert Client().get(address).status_code == 405
    assert Client().post(address, {"do": "aceptar"}).status_code == 302
    row = Acknowledgement.objects.get()
    assert row.organization == today.ngo and row.accepted_at
    wrong = reverse("commitments:receive_by_link", args=[commitment.token(Commitment.VERIFY_LINK)])
    assert Client().post(wrong, {"do": "aceptar"}).status_code == 404


def test_the_buttons_of_the_reports_page_follow_what_was_said(today: Cast) -> None:
    commitment, client = agreed(today, **due(60)), Client()
    page = commitment.get_report_link()
    said = reverse("commitments:receive_by_link", args=[commitment.token(Commitment.REPORT_LINK)])

    def buttons() -> set[str]:
        shown = client.get(page).content.decode()
        return {do for do in ("acuse", "aceptar", "objetar") if f'name="do" value="{do}"' in shown}

    assert buttons() == {"acuse"}
    assert client.post(said, {"do": "acuse"}).headers["Location"] == page
    assert buttons() == {"aceptar", "objetar"}
    words = client.post(said, {"do": "objetar"}).content.decode()
    assert 'name="objection"' in words and not Acknowledgement.objects.get().objected_at
    assert client.post(said, {"do": "objetar", "objection": "No hay fondos"}).headers["Location"] == page
    assert buttons() == {"aceptar"}, "an objection is taken back"
    assert client.post(said, {"do": "aceptar"}).headers["Location"] == page
    assert buttons() == set()


def test_who_reports_is_not_asked_whether_they_have_it(today: Cast) -> None:
    commitment = agreed(today, **due(60))
    report(today, commitment, done=False)
    assert b'name="do"' not in Client().get(commitment.get_report_link()).content


def test_those_i_follow_are_those_of_my_posts(today: Cast, sign_in) -> None:
    mine, other = agreed(today, **due(60)), agreed(today, **due(60))
    Commitment.objects.filter(pk=mine.pk).update(follow_up_owner=today.rosa.tenures.get().post)
    Commitment.objects.filter(pk=other.pk).update(follow_up_owner=today.luis.tenures.get().post)
    address = reverse("commitments:list")
    for who, shown in ((today.rosa, mine), (today.luis, other)):
        rows = sign_in(who).get(address, {"only": "followed"}).context["commitments"]
        assert [row.pk for row in rows] == [shown.pk]
    assert "only=followed" not in Client().get(address).content.decode(), (
        "who is not signed in follows nothing"
    )


def test_somebody_with_two_organizations_switches(today: Cast, sign_in) -> None:
    post = Post.objects.create(organization=today.outsider, title_es="Titular", kind=Post.Kind.HEAD)
    Tenure.objects.create(post=post, person=today.luis, starts_on=SINCE)
    mine, other = of_luis(today), agreed(today, responsible_id=today.outsider.pk, **due(60))
    luis = sign_in(today.luis)
    for one, row in ((today.university, mine), (today.outsider, other)):
        shown = luis.get(f"{HERE}?organizacion={one.slug}").context["inbox"].page.object_list
        assert row.pk in [each.pk for each in shown]
    assert mine.pk not in [each.pk for each in shown]


@pytest.mark.parametrize("ver", ["por-hacer", "en-curso", "cerrados"])
def test_the_inbox_asks_the_same_questions_at_one_three_and_three_hundred(
    ver: str, today: Cast, sign_in, django_assert_max_num_queries, django_assert_num_queries
) -> None:
    luis, first = sign_in(today.luis), of_luis(today)
    if ver == "cerrados":
        Commitment.objects.update(state="reported")
        Commitment.objects.update(state="met", settled_at=today.now, settled_by=today.ngo)
    first.refresh_from_db()
    receiving_row = ver == "en-curso"
    if receiving_row:
        Acknowledgement.objects.create(
            commitment=first, organization=today.university, acknowledged_at=today.now, accepted_at=today.now
        )
    luis.get(f"{HERE}?ver={ver}")
    with django_assert_max_num_queries(12) as one:
        luis.get(f"{HERE}?ver={ver}")
    for up_to in (3, 300):
        copies(first, up_to)
        if receiving_row:
            Acknowledgement.objects.bulk_create(
                Acknowledgement(commitment_id=pk, organization=today.university, acknowledged_at=today.now, accepted_at=today.now)
                for pk in Commitment.objects.filter(acknowledgements=None).values_list("pk", flat=True)
            )  # fmt: skip
        with django_assert_num_queries(len(one.captured_queries)):
            page = luis.get(f"{HERE}?ver={ver}")
        assert page.context["inbox"].counts[ver] == up_to


def copies(one: Commitment, up_to: int) -> None:
    """The same commitment again and again, under other numbers."""
    have = Commitment.objects.count()
    made = []
    for number in range(have, up_to):
        again = Commitment.objects.get(pk=one.pk)
        again.pk, again.number, again.outcome = None, 1000 + number, None
        again._state.adding = True
        again.public_id = Commitment._meta.get_field("public_id").get_default()
        made.append(again)
    Commitment.objects.bulk_create(made)


def test_the_load_is_the_rows_behind_it(today: Cast, sign_in) -> None:
    late(agreed(today, **due(20)))
    agreed(today, **due(20))
    reported(today, **due(20))
    luis = sign_in(today.luis)
    address = reverse("commitments:load", args=[today.ngo.slug])
    for kind, count in (("abiertos", 3), ("vencidos", 1), ("en-espera", 1)):
        page = luis.get(f"{address}?ver={kind}&mesa={today.mesa.slug}")
        assert len(page.context["rows"]) == page.context["load"].of(kind) == count, kind
    assert luis.get(f"{address}?mesa=nada").status_code == 404
    assert luis.get(f"{address}?ver=%00&page=zz").status_code == 200
    body = luis.get(reverse("portal:organization", args=[today.ngo.slug])).content.decode()
    assert f"{address}?ver=vencidos" in body


def test_an_outsider_never_counts_what_is_closed(today: Cast) -> None:
    agreed(today, **due(20))
    hidden = agreed(today, **due(20))
    Commitment.objects.filter(pk=hidden.pk).update(is_casa_adentro=True, number=1)
    day = timezone.localdate()
    for who, count in ((acting(today.elena), 1), (acting(today.rosa), 1), (acting(today.luis), 2)):
        assert load.load_of(load.open_of(who, today.ngo), day).open == count, who.name
        here = {one.organization.pk: one.here.open for one in load.borne_at(who, today.mesa, day)}
        assert here[today.ngo.pk] == count
    today.mesa.load_warning = 2
    assert not load.heavy_at(acting(today.elena), today.mesa, day)
    assert [one.everywhere.open for one in load.heavy_at(acting(today.luis), today.mesa, day)] == [2]


def test_the_mesa_shows_who_bears_how_much(
    today: Cast, sign_in, django_assert_max_num_queries, django_assert_num_queries
) -> None:
    today.mesa.load_warning = 1
    today.mesa.save(update_fields=["load_warning"])
    agreed(today, **due(20))
    luis, address = sign_in(today.luis), reverse("commitments:mesa_load", args=[today.mesa.slug])
    luis.get(address)
    with django_assert_max_num_queries(12) as one:
        page = luis.get(address)
    assert page.context["heavy"] == 1
    first = page.context["page"].object_list[0]
    assert (first.organization, first.here.open, first.is_heavy) == (today.ngo, 1, True)
    many_seated(today.mesa, [f"Entidad {n}" for n in range(300)])
    with django_assert_num_queries(len(one.captured_queries)):
        assert luis.get(address).context["page"].paginator.count == 303


def test_the_secretariat_sees_who_has_said_nothing(today: Cast, sign_in) -> None:
    silent, said, told, fresh = (agreed(today, **due(60)) for _ in range(4))
    Commitment.objects.filter(pk=fresh.pk).update(agreed_at=today.now)
    receiving.acknowledge(
        commitment_id=said.pk,
        organization_id=today.ngo.pk,
        person_id=None,
        by=today.secretariat,
        now=today.now,
    )
    report(today, told, done=False)
    assert [row.pk for row in unreceived(today.secretariat, today.mesa, today.now)] == [silent.pk]
    address = reverse("commitments:receipts", args=[today.mesa.slug])
    assert silent.code in sign_in(today.rosa).get(address).content.decode()
    assert sign_in(today.luis).get(address).status_code == 403


def test_the_secretariat_finds_that_page_from_its_mesa_and_its_session(today: Cast, sign_in) -> None:
    commitment = agreed(today, **due(60))
    address = reverse("commitments:receipts", args=[today.mesa.slug])
    pages = (today.mesa.get_absolute_url(), commitment.session.get_absolute_url())
    rosa, luis = sign_in(today.rosa), sign_in(today.luis)
    for page in pages:
        assert f'href="{address}"' in rosa.get(page).content.decode()
        assert address not in luis.get(page).content.decode()


def test_how_much_an_organization_bears_is_read_before_it_is_chosen(today: Cast, sign_in) -> None:
    today.mesa.load_warning = 1
    today.mesa.save(update_fields=["load_warning"])
    agreed(today, **due(20))
    page = (
        sign_in(today.rosa)
        .get(reverse("commitments:propose", args=[outcome(today).public_id]))
        .content.decode()
    )
    group, hint = (
        page.index('id="g-concrete"'),
        page.index(reverse("commitments:load", args=[today.ngo.slug])),
    )
    assert group < hint < page.index('id="id_responsible"')


def test_the_inbox_opens_on_the_first_list_that_has_something(today: Cast, sign_in) -> None:
    luis = sign_in(today.luis)
    assert luis.get(HERE).context["inbox"].tab == "por-hacer", "nothing anywhere"
    commitment = of_luis(today)
    Commitment.objects.filter(pk=commitment.pk).update(
        state="withdrawn", settled_at=today.now, withdrawn_reason="Se unió con otro"
    )
    found = luis.get(HERE).context["inbox"]
    assert (found.tab, len(found.page.object_list)) == ("cerrados", 1)


def test_a_closed_commitment_is_in_the_inbox_of_its_sides_alone(today: Cast) -> None:
    commitment = of_luis(today)
    Commitment.objects.update(is_casa_adentro=True)
    day = timezone.localdate()
    own = inbox(acting(today.luis), today.university, tab="", page="", today=day)
    assert [row.pk for row in own.page.object_list] == [commitment.pk]
    stranger = inbox(acting(today.elena), today.university, tab="", page="", today=day)
    assert stranger.counts == {"por-hacer": 0, "en-curso": 0, "cerrados": 0}
    someone = person("Nadie Nuevo")
    assert outcome(today) and not unreceived(acting(someone), today.mesa, today.in_days(30)).exists()
