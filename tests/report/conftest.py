import shutil

import pytest

INSTALL = "pip install 'surefoot[browser]' and apt-get install chromium"


@pytest.fixture(scope="session")
def chromium():
    """A real browser, headless."""
    api = pytest.importorskip("playwright.sync_api", reason=f"needs Playwright for Python: {INSTALL}")
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip(f"needs a browser: {INSTALL}")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])  # root has no sandbox
        yield browser
        browser.close()


class Seen:
    """A page that is open, and what went wrong on it: messages of the console, and requests it made."""

    def __init__(self, browser, address, **how):
        self.context = browser.new_context(**how)
        self.page = self.context.new_page()
        self.complaints, self.requests = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(address)

    def visible(self, selector):
        return [one for one in self.page.locator(selector).all() if one.is_visible()]

    def colors(self):
        """Every colour that is drawn on the canvases, with how often."""
        return self.page.evaluate(
            """() => {
                const seen = {};
                for (const canvas of document.querySelectorAll("canvas")) {
                    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
                    for (let n = 0; n < pixels.length; n += 4) {
                        if (pixels[n + 3] < 250) continue;
                        const color = `${pixels[n]},${pixels[n + 1]},${pixels[n + 2]}`;
                        seen[color] = (seen[color] ?? 0) + 1;
                    }
                }
                return seen;
            }"""
        )


@pytest.fixture
def look(chromium):
    """Open an address: look("file:///…", color_scheme="dark")."""
    opened = []

    def looked(address, **how):
        opened.append(Seen(chromium, address, **how))
        return opened[-1]

    yield looked
    for one in opened:
        one.context.close()
