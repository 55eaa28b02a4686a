"""Every page of the cycle: axe finds nothing, nothing scrolls sideways, the console is quiet, and it weighs little.

Asked of the demo world, in both themes and at both widths. Colours alone change with the theme: at each width one
theme is asked everything, or everything that can differ on a phone, and the other whatever has to do with colour.
"""

import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from coordination.demo import world as demo
from coordination.notifications.dispatch import dispatch
from tests.browser import pages
from tests.browser.pages import ADMIN, FOCAL, LINK, PUBLIC, STAFF, Shown
from tests.browser.reader import DESK, PHONE, Reader

AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]
# What a narrow screen can change beside: what is hidden behind a button there, scrolls in itself or shrinks.
NARROW = [
    *COLOURS, "aria-allowed-role", "aria-hidden-focus", "aria-required-children", "aria-required-parent", "button-name",
    "duplicate-id-aria", "label", "link-name", "list", "listitem", "nested-interactive", "scrollable-region-focusable",
    "target-size",
]  # fmt: skip
KILOBYTE = 1000
BUDGET = {
    PUBLIC: 60,
    LINK: 60,
    FOCAL: 150,
    STAFF: 150,
    ADMIN: 600,
}  # kB of a first visit; the administration is Django's own


@pytest.fixture
def readers(transactional_db: None, opened: Callable[..., Reader]) -> dict[str, Reader]:
    """The demo world, and whoever reads it: a passer-by, somebody with a letter, the secretariat, the administrator."""
    demo.load(now=timezone.now())
    dispatch(timezone.now())  # what it would write to people, for the pages about messages
    rosa, carmen = (User.objects.get(name=name) for name in ("Rosa Tandazo", "Carmen Loja"))
    root = User.objects.filter(is_superuser=True).first()
    found = {name: opened(DESK) for name in (PUBLIC, LINK, FOCAL, STAFF, ADMIN)}
    for reader, user in ((found[FOCAL], carmen), (found[STAFF], rosa), (found[ADMIN], root)):
        client = Client()
        client.force_login(user)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": reader.stage.url}
        reader.page.context.add_cookies([cookie])
    return found


def test_every_page_is_within_reach_of_everybody(
    readers: dict[str, Reader], subtests: pytest.Subtests
) -> None:
    for shown in pages.everything():
        with subtests.test(f"{shown.reader}: {shown.name}"):
            reader = readers[shown.reader]
            reader.complaints.clear()
            wrong = _look_at(reader, shown)
            reader.complaints.clear()
            assert not wrong, f"{shown.path}\n" + "\n".join(wrong)


def _look_at(reader: Reader, shown: Shown) -> list[str]:
    page, wrong = reader.page, []
    page.set_viewport_size(DESK["viewport"])
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    weight = _open(reader, shown, wrong)
    if weight > BUDGET[shown.reader] * KILOBYTE:
        wrong.append(f"{weight / KILOBYTE:.0f} kB, more than {BUDGET[shown.reader]}")
    if (headings := page.locator("h1").count()) != 1:
        wrong.append(f"{headings} h1")
    wrong += reader.complaints  # before axe, which tries styles that the policy refuses
    page.evaluate(AXE)
    wrong += _ask(reader, "1280 light", {"type": "tag", "values": TAGS})
    _theme(reader, "dark")
    wrong += _ask(reader, "1280 dark")
    page.set_viewport_size(PHONE["viewport"])
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > 360:
        wrong.append(f"{wide} px wide on a screen of 360: {_widest(reader)}")
    wrong += _ask(reader, "360 dark", {"type": "rule", "values": NARROW})
    _theme(reader, "light")
    return wrong + _ask(reader, "360 light")


def _open(reader: Reader, shown: Shown, wrong: list[str]) -> float:
    """Opens the page as a first visit and gives what came over the line."""
    page, weights = reader.page, []
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    line.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    answer = page.goto(shown.path)
    if answer is None or answer.status != shown.status:
        wrong.append(f"answers {answer.status if answer else 'nothing'}, not {shown.status}")
    line.detach()
    if shown.post is not None:
        page.locator("main details").evaluate_all("all => all.forEach(one => one.open = true)")
        reader.fill(**shown.post)
        reader.submit()
    return sum(weights)


def _theme(reader: Reader, name: str) -> None:
    reader.page.emulate_media(color_scheme=name, reduced_motion="reduce")  # type: ignore[arg-type]
    reader.page.wait_for_function(
        "name => document.documentElement.dataset.bsTheme === name || !document.querySelector('[data-theme-toggle]')",
        arg=name,
    )
    # The administration fades from colour to colour: what is asked about is where it arrives.
    reader.page.evaluate("document.getAnimations().forEach(one => one.finish())")


def _ask(reader: Reader, when: str, only: dict[str, Any] | None = None) -> list[str]:
    only = only or {"type": "rule", "values": COLOURS}
    options = json.dumps({"runOnly": only, "resultTypes": ["violations"]})
    found: list[dict[str, Any]] = reader.page.evaluate(
        f"axe.run(document, {options}).then(answer => answer.violations)"
    )
    return [
        f"{when}: {one['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()[:160]})"
        for one in found
        for node in one["nodes"][:3]
    ]


def _widest(reader: Reader) -> str:
    return str(
        reader.page.evaluate(
            """[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > 361)
            .slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(' | ')"""
        )
    )
