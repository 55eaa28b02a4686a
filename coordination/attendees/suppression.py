"""Which counts of a table may be shown, so that nobody learns of few people what they are.

A count from 1 to 4 is hidden (the issue's threshold, k = 5). Hiding it alone would not do: whoever knows the total
subtracts the rest. So others hide with it (complementary suppression: Hundepool et al., *Statistical Disclosure
Control*, Wiley 2012, chapter 4). Which ones must not depend on fine differences between counts, or the choice itself
would tell (the minimality attack: Wong et al., VLDB 2007). Hence the rule:

1. without a count from 1 to 4 everything is shown;
2. else every count from 1 to 9 is hidden, and those stay hidden together when they are at least two, come to five
   people or more, and are not one person each;
3. else the whole table is hidden.

The rule is blind to the order of the answers: who knows it, the total and all that is shown can exchange the counts of
two hidden answers, or move one person between them, and gets a table that would have looked the same. So every hidden
count has at least two possible values. An answer nobody gave is told as 0: it says nothing of anybody present.
"""

from collections.abc import Hashable, Mapping
from typing import TypeVar

SHOWN_FROM = 5
HIDDEN_WITH = 2 * SHOWN_FROM

K = TypeVar("K", bound=Hashable)


def suppressed(counts: Mapping[K, int]) -> dict[K, int | None] | None:
    """The counts that may be shown, None for each that stays hidden; None where nothing of the table may be."""
    if not any(0 < n < SHOWN_FROM for n in counts.values()):
        return dict(counts)
    hidden = [n for n in counts.values() if 0 < n < HIDDEN_WITH]
    together = sum(hidden)
    if len(hidden) < 2 or together < SHOWN_FROM or together == len(hidden):
        return None
    return {key: None if 0 < n < HIDDEN_WITH else n for key, n in counts.items()}
