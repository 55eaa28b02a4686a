"""From the mail to done on a phone with a weak network: the form, the thanks; nothing typed is lost on the way."""

import io
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Route

from coordination.commitments.models import Evidence, Report
from tests.browser import world
from tests.browser.reader import PHONE, Reader
from tests.browser.test_axe import AXE, TAGS
from tests.browser.test_keyboard import tab_to
from tests.cast import Cast
from tests.files import samples


def photo() -> bytes:
    """As a telephone takes it: large, and it says where it was."""
    exif = Image.Exif()
    exif[0x8825] = {1: "S", 2: (3.0, 59.0, 0.0)}
    out = io.BytesIO()
    Image.effect_noise((2600, 1950), 25).convert("RGB").save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


def clean(reader: Reader) -> None:
    for theme in ("light", "dark"):
        reader.page.emulate_media(color_scheme=theme)
        reader.page.evaluate(AXE)
        found = reader.page.evaluate(
            "tags => axe.run({runOnly: tags}).then(r => r.violations.map(v => v.id))", TAGS
        )
        assert found == [], (reader.page.url, theme)
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]


def test_carmen_reports_from_the_mail_in_three_screens(cast: Cast, opened: Callable[..., Reader]) -> None:
    commitment = world.agreed(cast, world.over(cast))
    carmen = opened(PHONE)
    page = carmen.page
    carmen.go(commitment.get_report_link())
    clean(carmen)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 100, "downloadThroughput": 100_000, "uploadThroughput": 400_000},
    )
    # With the keyboard alone: a step, the words, and then the network is gone for good.
    tab_to(carmen, "[name=step]", 30)
    page.keyboard.press("ArrowRight")
    tab_to(carmen, "[name=text]", 6)
    page.keyboard.type("Abrimos 10 plazas")
    page.reload()
    assert page.locator("[name=text]").input_value() == "Abrimos 10 plazas"
    assert page.locator("[name=step]:checked").get_attribute("value") == "25"
    assert page.locator("[data-draft-note]").is_visible()
    original = photo()
    page.locator("[name=uploads]").set_input_files(
        {"name": "entrega.jpg", "mimeType": "image/jpeg", "buffer": original}
    )
    travels = "document.querySelector('[name=uploads]').files[0].size"
    for _try in range(50):
        if page.evaluate(travels) < len(original) / 2:
            break
        page.wait_for_timeout(100)
    assert page.evaluate(travels) < len(original) / 2, "it is drawn smaller before it travels"
    form = page.url
    page.locator("form[data-draft] button[type=submit].btn-lg").click(no_wait_after=True)
    page.wait_for_url(lambda url: url != form, timeout=30_000)
    made = Report.objects.get()
    assert (made.text, made.progress) == ("Abrimos 10 plazas", 25)
    piece = Evidence.objects.get()
    assert piece.report == made and piece.is_restricted
    clean(carmen)
    # Back, and nothing of the draft is left on the device.
    carmen.go(commitment.get_report_link())
    assert page.locator("[name=text]").input_value() == ""
    assert carmen.complaints == []


def test_a_network_that_goes_and_an_answer_that_is_lost_lose_nothing(
    cast: Cast, opened: Callable[..., Reader]
) -> None:
    commitment = world.agreed(cast, world.over(cast))
    carmen = opened(PHONE)
    page = carmen.page
    carmen.go(commitment.get_report_link())
    page.locator("[name=text]").fill("Abrimos 10 plazas")
    page.locator("[name=uploads]").set_input_files(
        [
            {"name": "raro.zip", "mimeType": "application/zip", "buffer": b"PK\x03\x04"},
            {"name": "acta.pdf", "mimeType": "application/pdf", "buffer": samples.PDF},
        ]
    )
    assert "raro.zip" in page.locator(".m-wrong").inner_text(), "left out by name, before it travels"
    send = page.locator("form[data-draft] button[type=submit].btn-lg")
    page.context.set_offline(True)
    send.click()
    stays = page.locator("form[data-draft] [data-offline]")
    stays.wait_for()
    assert page.evaluate("document.querySelector('[name=uploads]').files.length") == 1
    page.context.set_offline(False)

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.abort()
        else:
            route.continue_()

    page.route("**/c/**", lose)
    send.click()
    page.wait_for_timeout(300)
    stays.wait_for()
    page.unroute("**/c/**")
    made = Report.objects.get()
    page.goto("about:blank")
    page.goto(commitment.get_report_link())
    page.wait_for_url(f"**/{made.public_id}/")
    assert Evidence.objects.get().report == made
    carmen.go(commitment.get_report_link())
    assert page.locator("[name=text]").input_value() == ""
