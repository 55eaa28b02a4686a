"""Which date is best, and why: pure arithmetic."""

from coordination.polls.scoring import Voter, best, scores


def voter(number: int, sector: int, *answers: str, votes: bool = True, must: bool = False) -> Voter:
    given = {place: answer for place, answer in enumerate(answers) if answer}
    return Voter(number, f"O{number}", sector, votes, must, given)


def found(*voters: Voter, organizations: int = 2, sectors: int = 2):
    return scores([0, 1], voters, organizations=organizations, sectors=sectors)


def test_a_yes_counts_one_and_an_if_need_be_half() -> None:
    first, second = found(voter(1, 1, "yes", "no"), voter(2, 2, "if_need_be", "if_need_be"))
    assert (first.score_words, second.score_words) == ("1½", "½")
    assert (first.yes, first.if_need_be, first.no) == (1, 1, 0)


def test_the_quorum_counts_seats_with_a_vote_and_their_sectors() -> None:
    observer = voter(3, 3, "yes", "yes", votes=False)
    [first, second] = found(voter(1, 1, "yes", "yes"), voter(2, 2, "if_need_be", "no"), observer)
    assert (first.organizations, first.sectors, first.quorum_met) == (2, 2, True)
    assert (second.organizations, second.sectors, second.quorum_met) == (1, 1, False)
    [same, _] = found(voter(1, 1, "yes"), voter(2, 1, "yes"))
    assert not same.quorum_met


def test_who_must_attend_is_named_when_missing() -> None:
    [first, second] = found(voter(1, 1, "no", "", must=True), voter(2, 2, "yes", "yes"))
    assert (first.refusing, first.silent) == (("O1",), ())
    assert (second.refusing, second.silent) == ((), ("O1",))


def test_the_quorum_goes_before_the_score() -> None:
    many = [voter(number, 1, "yes", "no") for number in range(3, 9)]
    result = found(*many, voter(1, 1, "no", "if_need_be"), voter(2, 2, "no", "if_need_be"))
    assert result[0].score > result[1].score
    assert [one.option_id for one in best(result)] == [1]


def test_who_must_attend_goes_before_the_score() -> None:
    result = found(voter(1, 1, "yes", "yes"), voter(2, 2, "yes", "yes"), voter(3, 2, "yes", "no"),
                   voter(4, 3, "no", "yes", must=True))  # fmt: skip
    assert [one.option_id for one in best(result)] == [1]


def test_equal_dates_are_a_tie_and_none_is_best_while_nobody_can() -> None:
    assert [one.option_id for one in best(found(voter(1, 1, "yes", "yes")))] == [0, 1]
    assert best(found(voter(1, 1, "no", "no"), voter(2, 2))) == []
