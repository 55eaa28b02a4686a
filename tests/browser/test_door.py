"""The door on a phone: with and without a network, by name, by code and by hand; and nothing stays when it is closed."""

import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import segno
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from coordination.attendees import actions
from coordination.attendees.models import Attendance, Delegate
from coordination.sessions.models import Session
from tests.browser import world
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.reader import DESK, PHONE, Reader
from tests.browser.stage import Stage
from tests.browser.test_axe import AXE, TAGS
from tests.browser.test_cycle import page
from tests.browser.test_keyboard import tab_to
from tests.cast import Cast

LEFT_HERE = """Promise.all([indexedDB.databases(), caches.keys(), navigator.serviceWorker.getRegistrations()])
  .then(found => found.map(some => some.length))"""
# The frame is kept: from now on the page opens without a network.
KEPT = "navigator.serviceWorker.controller && caches.keys().then(names => names.length > 0)"
ANSWER = "[data-result][open]"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return world.cast_of_today()


@pytest.fixture
def session(cast: Cast) -> Session:
    """Under way: Carmen Loja and Luis Paredes of the NGO and Luisa Aguirre of the university are expected."""
    return world.under_way(cast)


def door_of(session: Session) -> str:
    return page("attendees:door", session.public_id)


def until(door: Page, script: str, arg: Any = None) -> None:
    """Asks the page until it says yes. Playwright's own way evaluates text inside the page, which the policy refuses."""
    for _try in range(300):
        if door.evaluate(script, arg):
            return
        door.wait_for_timeout(100)
    raise AssertionError(f"never: {script} {arg!r}: {door.locator('body').inner_text()[:800]}")


def at_the_door(reader: Reader, cast: Cast, session: Session) -> Page:
    reader.sign_in(cast.rosa.user.email)
    reader.go(door_of(session))
    reader.page.wait_for_selector("[data-people] li")
    until(reader.page, KEPT)
    reader.shot()
    return reader.page


def inside(door: Page, count: int, of: int = 3) -> None:
    until(
        door,
        "wanted => (document.querySelector('[data-count]').textContent.match(/\\d+/g) || []).join() === wanted",
        f"{count},{of}",
    )


def enters(door: Page, name: str) -> None:
    door.locator(f"[data-people] li:has-text('{name}') [data-enter]").click()
    door.wait_for_selector(f"{ANSWER} .m-door.is-green")
    door.click("[data-next]")


def told(door: Page, state: str, count: int | None = None) -> None:
    """What the line about the connection says: is-ok, is-off or is-red, and how many wait."""
    door.wait_for_selector(f".m-door-state.{state}", timeout=30_000)
    if count is not None:
        until(door, "n => document.querySelector('[data-state]').dataset.left === n", str(count))
        assert str(count) in door.locator("[data-state-text]").inner_text()


def marks(session: Session) -> list[tuple[str, str]]:
    rows = Attendance.objects.filter(block__session=session).select_related("delegate__person")
    return sorted((row.delegate.person.name if row.delegate else row.name, row.status) for row in rows)


def everything_arrived(door: Page, session: Session, count: int) -> list[tuple[str, str]]:
    told(door, "is-ok")
    until(door, "document.querySelector('[data-state]').dataset.left === '0'")
    found = marks(session)
    assert len(found) == count, found
    return found


def code_of(session: Session, name: str, stage: Stage) -> str:
    delegate = Delegate.objects.get(invitation__session=session, person__name=name)
    return stage.address(f"/p/{delegate.pass_token}/")


def photo_of(text: str) -> dict[str, Any]:
    """A photo as a phone takes it: large, and the code only a part of it."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="png", scale=9, border=4)
    code = Image.open(drawn).convert("RGB")
    picture = Image.new("RGB", (2400, 1800), (214, 208, 196))
    picture.paste(code.rotate(7, expand=True, fillcolor=(214, 208, 196)), (900, 500))
    taken = io.BytesIO()
    picture.save(taken, "JPEG", quality=80)
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": taken.getvalue()}


@contextmanager
def a_browser_of_its_own(chromium: Browser, folder: Path, stage: Stage) -> Iterator[BrowserContext]:
    """A browser that can be closed and started again with what it kept."""
    context = chromium.browser_type.launch_persistent_context(
        folder, executable_path=CHROMIUM, args=FLAGS, base_url=stage.url, locale="es-EC", **PHONE
    )
    try:
        yield context
    finally:
        context.close()


def test_three_come_in_without_a_network_and_the_browser_closes(
    cast: Cast, session: Session, chromium: Browser, stage: Stage, tmp_path: Path
) -> None:
    with a_browser_of_its_own(chromium, tmp_path, stage) as context:
        door = at_the_door(Reader(context.new_page(), stage, "door"), cast, session)
        inside(door, 0)
        context.set_offline(True)
        for name in ("Carmen Loja", "Luis Paredes", "Luisa Aguirre"):
            enters(door, name)
        told(door, "is-off", 3)
    assert marks(session) == []
    with a_browser_of_its_own(chromium, tmp_path, stage) as context:
        context.set_offline(True)
        door = context.new_page()
        door.goto(door_of(session))
        inside(door, 3)
        told(door, "is-off", 3)
        sent: list[str] = []
        door.on("request", lambda one: sent.append(one.post_data or "") if one.method == "POST" else None)
        context.set_offline(False)
        found = everything_arrived(door, session, 3)
        assert {status for _name, status in found} == {"present"}
        # The same queue once more, as when the answer was lost on its way: nothing doubles.
        again = door.evaluate(
            """async ([url, body]) => (await fetch(url, {method: "POST", body: body, headers: {
              "Content-Type": "application/json", "X-CSRFToken": document.cookie.match(/csrftoken=([^;]+)/)[1]}})).json()""",
            [page("attendees:door_sync", session.public_id), sent[-1]],
        )
        assert {one["result"] for one in again["results"]} == {"already"}
        assert len(marks(session)) == 3
    assert {len(json.loads(body)["entries"]) for body in sent} == {3}


def test_a_photo_of_a_code_is_enough(cast: Cast, session: Session, phone: Reader) -> None:
    door = at_the_door(phone, cast, session)
    photo = photo_of(code_of(session, "Carmen Loja", phone.stage))
    door.click("[data-scan-open]")
    door.set_input_files("[data-photo]", photo)
    door.wait_for_selector(f"{ANSWER} .m-door.is-green")
    phone.shot()
    assert door.locator("[data-who]").inner_text() == "Carmen Loja"
    door.click("[data-next]")
    door.set_input_files("[data-photo]", photo)
    door.wait_for_selector(f"{ANSWER} .m-door.is-amber")
    phone.shot()
    assert re.search(r"\d\dh\d\d", door.locator("[data-line]").inner_text())
    door.click("[data-next]")
    blank = io.BytesIO()
    Image.new("RGB", (600, 400), "white").save(blank, "PNG")
    for name, content in (("nada.png", blank.getvalue()), ("no.png", b"not a picture")):
        door.set_input_files("[data-photo]", {"name": name, "mimeType": "image/png", "buffer": content})
        door.wait_for_selector("[data-photo-trouble]:visible")
    everything_arrived(door, session, 1)
    assert Attendance.objects.get().source == "scan"


def test_codes_of_elsewhere_are_red_and_say_what_to_do(cast: Cast, session: Session, phone: Reader) -> None:
    other = world.convened(cast)
    world.answered(cast, other, cast.ngo, "Marta Quishpe")
    foreign = code_of(other, "Marta Quishpe", phone.stage)
    door = at_the_door(phone, cast, session)
    door.click("[data-scan-open]")

    def typed(text: str) -> str:
        door.fill("#d-code", text)
        door.keyboard.press("Enter")
        door.wait_for_selector(f"{ANSWER} .m-door.is-red")
        phone.shot()
        said = door.locator("[data-word]").inner_text() + door.locator("[data-line]").inner_text()
        assert door.locator("[data-find]").is_visible()
        door.click("[data-next]")
        return said

    assert other.short_title in typed(foreign)  # the reader sees that session, so that it is named
    typed("https://otra.example/algo")
    typed("⁂" * 300)
    phone.page.context.set_offline(True)
    typed(foreign)
    phone.page.context.set_offline(False)
    assert marks(session) == []


def test_the_camera_reads_a_code_by_itself(
    cast: Cast, session: Session, chromium: Browser, stage: Stage, tmp_path: Path
) -> None:
    drawn = io.BytesIO()
    segno.make(code_of(session, "Luis Paredes", stage), error="m").save(drawn, kind="png", scale=8, border=4)
    frame = Image.new("L", (640, 480), 200)
    frame.paste(Image.open(drawn).convert("L"), (120, 30))
    film = tmp_path / "door.y4m"
    grey = b"\x80" * (320 * 240)
    film.write_bytes(
        b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + frame.tobytes() + grey + grey) * 5
    )
    camera = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, *camera])
    try:
        context = browser.new_context(base_url=stage.url, locale="es-EC", permissions=["camera"], **PHONE)
        reader = Reader(context.new_page(), stage, "camera")
        door = at_the_door(reader, cast, session)
        door.click("[data-scan-open]")
        door.wait_for_selector(f"{ANSWER} .m-door.is-green", timeout=20_000)
        assert door.locator("[data-who]").inner_text() == "Luis Paredes"
        door.click("[data-next]")
        reader.shot()
        assert door.locator("[data-video] video").is_visible()  # ready for the next one
        assert not reader.complaints
    finally:
        browser.close()
    assert marks(session) == [("Luis Paredes", "present")]


def test_nothing_stays_when_the_shift_is_closed(cast: Cast, session: Session, phone: Reader) -> None:
    door = at_the_door(phone, cast, session)
    kept: str = door.evaluate(
        "caches.open((window.name, 'x')).then(() => caches.delete('x')).then(() => caches.match(location.pathname)).then(a => a.text())"
    )
    assert str(session.public_id) in kept  # of the session the frame knows its address and nothing else
    for personal in ("Carmen", "Loja", "Rosa", cast.ngo.name, session.mesa.name):
        assert personal not in kept
    phone.page.context.set_offline(True)
    enters(door, "Carmen Loja")
    door.click("[data-shift-open]")
    door.wait_for_selector("[data-shift-again]:visible")
    phone.shot()
    assert not door.locator("[data-shift-close]").is_visible()  # it refuses to lose what is unsent
    phone.page.context.set_offline(False)
    door.click("[data-shift-again]")
    door.wait_for_selector("[data-shift-close]:visible")
    phone.shot()
    door.click("[data-shift-close]")
    door.wait_for_selector("[data-closed]:visible")
    phone.shot()
    assert door.evaluate(LEFT_HERE) == [0, 0, 0]
    assert "Carmen" not in door.content()
    door.reload()  # the page of a closed shift begins no new one
    door.wait_for_selector("[data-closed]:visible")
    assert door.evaluate(LEFT_HERE) == [0, 0, 0]
    assert marks(session) == [("Carmen Loja", "present")]


def test_a_shift_that_nobody_closed_goes_by_itself_unless_something_is_unsent(
    cast: Cast, session: Session, phone: Reader
) -> None:
    door = at_the_door(phone, cast, session)
    age = """async (unsent) => {
      const made = await new Promise(done => { const r = indexedDB.open("minga-door-" + (unsent ? "b" : "a"), 1);
        r.onupgradeneeded = () => { for (const name of ["kept", "queue", "refused"]) r.result.createObjectStore(name, name === "kept" ? {} : {keyPath: "seq"}); };
        r.onsuccess = () => done(r.result); });
      const t = made.transaction(["kept", "queue"], "readwrite");
      t.objectStore("kept").put({opened: Date.now() - 25 * 3600e3, listed: 0, offset: 0, block: null}, "meta");
      if (unsent) t.objectStore("queue").put({seq: 1, entry: {}});
      await new Promise(done => { t.oncomplete = done; }); made.close(); }"""
    door.evaluate(age, False)
    door.evaluate(age, True)
    door.reload()
    door.wait_for_selector("[data-people] li")
    names = door.evaluate("indexedDB.databases().then(all => all.map(one => one.name))")
    assert sorted(names) == sorted(["minga-door-b", f"minga-door-{session.public_id}"])


def test_what_is_refused_waits_for_a_person(cast: Cast, session: Session, phone: Reader) -> None:
    door = at_the_door(phone, cast, session)
    phone.page.context.set_offline(True)
    enters(door, "Carmen Loja")
    enters(door, "Luis Paredes")
    told(door, "is-off", 2)
    actions.close_attendance(session_id=session.pk, by=cast.secretariat, now=timezone.now())
    phone.page.context.set_offline(False)
    door.wait_for_selector("[data-needs] li")
    told(door, "is-ok")
    phone.shot()
    assert door.locator("[data-needs] li").count() == 2
    door.click("[data-shift-open]")
    door.click("[data-shift-needs]")
    door.locator("[data-dismiss-row]").first.click()
    until(door, "document.querySelectorAll('[data-needs-list] li').length === 1")
    assert ("Carmen Loja", "absent") in marks(session)
    actions.reopen_attendance(session_id=session.pk, by=cast.secretariat, now=timezone.now())
    door.click("[data-retry-row]")
    until(door, "document.querySelectorAll('[data-needs-list] li').length === 0")
    assert everything_arrived(door, session, 1) == [("Luis Paredes", "present")]


def test_two_tabs_send_each_entry_once(cast: Cast, session: Session, phone: Reader) -> None:
    first = at_the_door(phone, cast, session)
    second = phone.page.context.new_page()
    second.goto(door_of(session))
    second.wait_for_selector("[data-people] li")
    sent: list[str] = []
    phone.page.context.on(
        "request", lambda one: sent.append(one.post_data or "") if one.method == "POST" else None
    )
    phone.page.context.set_offline(True)
    enters(first, "Carmen Loja")
    enters(second, "Luis Paredes")
    inside(first, 2)  # one tab hears of the other
    phone.page.context.set_offline(False)
    everything_arrived(first, session, 2)
    arrived = [one["client_id"] for body in sent for one in json.loads(body)["entries"]]
    assert len(set(arrived)) == 2
    second.click("[data-shift-open]")
    second.click("[data-shift-close]")
    for tab in (first, second):  # closed in one, closed in both
        tab.wait_for_selector("[data-closed]:visible")
    assert first.evaluate(LEFT_HERE) == [0, 0, 0]


def test_signed_out_meanwhile_keeps_the_queue(cast: Cast, session: Session, phone: Reader) -> None:
    door = at_the_door(phone, cast, session)
    phone.page.context.clear_cookies()
    enters(door, "Carmen Loja")
    told(door, "is-red", 1)
    phone.shot()
    door.click("[data-state-link]")
    phone.fill(login=cast.rosa.user.email, password="una clave larga")
    phone.submit()
    door.wait_for_selector("[data-people] li")
    assert phone.path == door_of(session)
    everything_arrived(door, session, 1)


def test_somebody_without_a_pass_in_three_taps_and_a_substitute(
    cast: Cast, session: Session, phone: Reader
) -> None:
    door = at_the_door(phone, cast, session)
    for name, instead in (("Marta Quishpe", ""), ("Pedro Simbaña", "Carmen Loja")):
        door.click("[data-guest-open]")
        door.fill("#d-name", name)
        door.fill("#d-org", cast.ngo.name[:9].upper())
        door.locator(f"[data-orgs] input[value='{cast.ngo.slug}']").check()
        if instead:
            option = door.locator(f"#d-instead option:has-text('{instead}')").get_attribute("value")
            door.select_option("#d-instead", option)
            assert door.locator("#d-represents").is_checked()
        phone.shot()
        door.click("[data-guest-form] button[type=submit]")
        door.wait_for_selector(f"{ANSWER} .m-door.is-green")
        door.click("[data-next]")
    inside(door, 2, of=5)
    assert everything_arrived(door, session, 2) == [
        ("Marta Quishpe", "present"),
        ("Pedro Simbaña", "substitute"),
    ]
    stands_in = Attendance.objects.get(status="substitute")
    assert stands_in.replaces and stands_in.replaces.person.name == "Carmen Loja"


def test_undo_takes_back_what_was_sent_and_what_was_not(cast: Cast, session: Session, phone: Reader) -> None:
    door = at_the_door(phone, cast, session)
    enters(door, "Carmen Loja")
    everything_arrived(door, session, 1)
    door.locator("[data-people] li:has-text('Carmen Loja') [data-open]").click()
    phone.shot()
    door.click("[data-person] [data-act=undo]")
    inside(door, 0)
    everything_arrived(door, session, 0)
    phone.page.context.set_offline(True)
    door.locator("[data-people] li:has-text('Luis Paredes') [data-enter]").click()
    door.click("[data-undo]")
    inside(door, 0)
    phone.page.context.set_offline(False)
    enters(door, "Luisa Aguirre")
    assert everything_arrived(door, session, 1) == [("Luisa Aguirre", "present")]


def test_a_clock_that_is_wrong_by_hours_is_told_and_set_right(
    cast: Cast, session: Session, phone: Reader
) -> None:
    phone.page.context.add_init_script(
        """const True_ = Date, by = 3 * 3600e3 + 300e3;
        window.Date = class extends True_ { constructor(...told) { if (told.length) super(...told); else super(True_.now() + by); }
          static now() { return True_.now() + by; } };"""
    )
    door = at_the_door(phone, cast, session)
    door.wait_for_selector("[data-clock]:visible")
    assert "3 h 5 min" in door.locator("[data-clock]").inner_text()
    phone.page.context.set_offline(True)
    enters(door, "Carmen Loja")
    phone.page.context.set_offline(False)
    everything_arrived(door, session, 1)
    arrived = Attendance.objects.get().arrived_at
    assert arrived and abs(timezone.now() - arrived) < timedelta(minutes=1)


def test_two_doors_see_each_other(cast: Cast, session: Session, opened: Callable[..., Reader]) -> None:
    first, second = (at_the_door(opened(PHONE), cast, session) for _door in range(2))
    enters(first, "Carmen Loja")
    inside(second, 1)  # within the twenty seconds after which it asks by itself
    second.locator("[data-people] li:has-text('Carmen Loja') [data-open]").click()
    second.locator("[data-act=left]").click()
    inside(second, 0)
    everything_arrived(second, session, 1)
    left = Attendance.objects.get().left_at
    assert left is not None
    first.evaluate("setTimeout(() => window.dispatchEvent(new Event('focus')), 3100)")
    inside(first, 0)


def test_search_finds_without_accents_and_by_organization(
    cast: Cast, session: Session, phone: Reader
) -> None:
    door = at_the_door(phone, cast, session)
    door.fill("#d-q", "LUISA aguïrre")
    until(door, "document.querySelectorAll('[data-people] li').length === 1")
    door.fill("#d-q", cast.ngo.name[:8])
    until(door, "document.querySelectorAll('[data-people] li').length === 2")
    door.fill("#d-q", "zzz")
    until(door, "document.querySelectorAll('[data-people] li').length === 0")
    phone.shot()


def test_the_door_by_keys_alone(cast: Cast, session: Session, desk: Reader) -> None:
    door = at_the_door(desk, cast, session)
    keys = door.keyboard
    tab_to(desk, "#d-q")
    keys.type("carmen")
    tab_to(desk, "[data-enter]")
    keys.press("Enter")
    door.wait_for_selector(f"{ANSWER} .m-door.is-green")
    assert door.evaluate("document.activeElement.matches('[data-next]')")
    keys.press("Enter")
    inside(door, 1)
    assert door.evaluate("document.activeElement.id") == "d-q"
    # A reader of codes that writes like a keyboard, and ends its line.
    keys.type(code_of(session, "Luis Paredes", desk.stage))
    keys.press("Enter")
    door.wait_for_selector(f"{ANSWER} .m-door.is-green")
    keys.press("Escape")
    inside(door, 2)
    everything_arrived(door, session, 2)


def test_without_scripts_it_leads_to_the_register(
    cast: Cast, session: Session, opened: Callable[..., Reader]
) -> None:
    phone = opened(PHONE, java_script_enabled=False)
    phone.sign_in(cast.rosa.user.email)
    phone.go(page("attendees:attendance", session.public_id))
    phone.page.locator(f"a[href='{door_of(session)}']").click()
    assert phone.path == door_of(session)
    phone.shot()
    phone.page.locator("[data-plain] a").click()
    assert phone.path == page("attendees:attendance", session.public_id)


def test_the_door_weighs_little_and_keeps_the_policy(
    cast: Cast, session: Session, opened: Callable[..., Reader]
) -> None:
    phone = opened(PHONE)
    phone.sign_in(cast.rosa.user.email)
    weights: dict[str, float] = {}
    line = phone.page.context.new_cdp_session(phone.page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    names: dict[str, str] = {}
    line.on(
        "Network.requestWillBeSent", lambda event: names.update({event["requestId"]: event["request"]["url"]})
    )
    line.on(
        "Network.loadingFinished",
        lambda event: weights.update({names.get(event["requestId"], ""): event["encodedDataLength"]}),
    )
    phone.go(door_of(session))
    phone.page.wait_for_selector("[data-people] li")
    total = sum(weight for name, weight in weights.items() if "jsqr" not in name)
    assert 10_000 < total <= 150_000, weights


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_at_the_door(
    cast: Cast, session: Session, opened: Callable[..., Reader], size: dict[str, Any]
) -> None:
    reader = opened(size)
    door = at_the_door(reader, cast, session)
    door.evaluate(AXE)
    wrong: list[str] = []

    def ask(where: str) -> None:
        for theme in ("light", "dark"):
            door.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            until(door, "name => document.documentElement.dataset.bsTheme === name", theme)
            reader.shot()
            options = json.dumps({"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]})
            found = door.evaluate(f"axe.run(document, {options}).then(answer => answer.violations)")
            wrong.extend(
                f"{where} {theme}: {one['id']}: {node['html'][:160]}"
                for one in found
                for node in one["nodes"]
            )
        reader.assert_fits()

    ask("list")
    small = "[...document.querySelectorAll('main button, main a.btn')].filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
    if size is PHONE:
        wrong += door.evaluate(small)
    door.locator("[data-people] li:has-text('Carmen') [data-enter]").click()
    door.wait_for_selector(f"{ANSWER} .m-door.is-green")
    ask("green")
    door.click("[data-next]")
    door.locator("[data-people] li:has-text('Carmen') [data-open]").click()
    ask("person")
    door.keyboard.press("Escape")
    door.click("[data-guest-open]")
    ask("guest")
    door.click("[data-guest-form] button[type=submit]")
    ask("guest with mistakes")
    door.keyboard.press("Escape")
    door.click("[data-scan-open]")
    door.wait_for_selector("[data-camera-trouble]:visible")
    ask("scan")
    for code in ("nada", code_of(session, "Carmen Loja", reader.stage)):
        door.fill("#d-code", code)
        door.keyboard.press("Enter")
        door.wait_for_selector(f"{ANSWER} .m-door:is(.is-red, .is-amber)")
        ask(f"answer to {code[:4]}")
        door.click("[data-next]")
    door.keyboard.press("Escape")
    door.context.set_offline(True)
    enters(door, "Luis Paredes")
    told(door, "is-off", 1)
    ask("offline")
    door.click("[data-shift-open]")
    door.wait_for_selector("[data-shift-again]:visible")
    ask("shift")
    assert not wrong, "\n".join(wrong)
