"""Somebody at a screen: goes to pages, presses, types, and keeps what their browser complains of."""

import os
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page, Response

from tests.browser.stage import Stage

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SHOTS = os.environ.get("MINGA_SHOTS")  # a folder: every step leaves a picture there


class Reader:
    def __init__(self, page: Page, stage: Stage, test: str) -> None:
        self.page = page
        self.stage = stage
        self.complaints: list[str] = []
        self._test = re.sub(r"\W+", "_", test)[:60]
        self._count = 0
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("response", self._look)

    def go(self, path: str) -> Response:
        """Opens a page of ours, given by path or by the whole address of a mail."""
        answer = self.page.goto(path)
        assert answer is not None
        self._finish()
        return answer

    def press(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Presses a button or a link by what it says, and waits for the page that follows."""
        inside: Page | Locator = within or self.page
        found = inside.get_by_role("button", name=name).or_(inside.get_by_role("link", name=name))
        found.first.click()
        self._finish()

    def submit(self, form: str = "main form:not([role=search])") -> None:
        """Presses the one button a form is for."""
        buttons = self.page.locator(f"{form} button[type=submit]")
        primary = self.page.locator(f"{form} button.btn-primary[type=submit]")
        (primary if primary.count() else buttons).first.click()
        self._finish()

    def fill(self, **fields: str) -> None:
        """Types into fields by their names in the form."""
        for name, text in fields.items():
            field = self.page.locator(f"[name='{name}']").first
            folded = self.page.locator(f"details:not([open]):has([name='{name}']) > summary")
            for summary in folded.all():
                summary.click()
            kind = field.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
            if kind == "select":
                field.select_option(text)
            elif kind in ("radio", "checkbox"):
                self.page.locator(f"[name='{name}'][value='{text}']").check()
            else:
                field.fill(text)

    def write(self, label: str | re.Pattern[str], text: str, within: Locator | None = None) -> None:
        inside: Page | Locator = within or self.page
        inside.get_by_label(label).first.fill(text)

    def choose(self, label: str | re.Pattern[str], option: str) -> None:
        self.page.get_by_label(label).first.select_option(label=option)

    def tick(self, label: str | re.Pattern[str]) -> None:
        self.page.get_by_label(label).first.check()

    @property
    def title(self) -> str:
        return " ".join(self.page.locator("h1").inner_text().split())

    @property
    def text(self) -> str:
        return self.page.locator("body").inner_text()

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.stage.url).partition("#")[0]

    def mark(self, name: str, status: str) -> None:
        """One tap in the register."""
        self.page.get_by_role("group", name=name).locator(f"button[value$=':{status}']").click()
        self._finish()

    def sign_in(self, email: str, password: str = "una clave larga") -> None:
        """By address and password, as the page asks for them."""
        self.go("/es/cuenta/login/")
        self.fill(login=email, password=password)
        self.submit()
        assert self.path.startswith("/es/mi-trabajo/"), f"{self.path}: {self.text[:600]}"

    def shot(self) -> None:
        if SHOTS:
            self._count += 1
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            width = self.page.viewport_size["width"] if self.page.viewport_size else 0
            self.page.screenshot(path=f"{SHOTS}/{self._test}-{width}-{self._count:02}.png", full_page=True)

    def assert_fits(self) -> None:
        """No sideways scroll."""
        wide, inner = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= inner, f"{self.path} is {wide} px wide on a screen of {inner}"

    def _finish(self) -> None:
        self.page.wait_for_load_state("load")
        if (self.page.viewport_size or {}).get("width") == 360:
            self.assert_fits()
        self.shot()

    def _hear(self, message: ConsoleMessage) -> None:
        # Chromium tells a page's own 404, 409 or 422 as an error of the console; those are answers.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _look(self, response: Response) -> None:
        if response.status >= 500 or (response.status >= 400 and "/static/" in response.url):
            self.complaints.append(f"{response.status} {response.url}")
