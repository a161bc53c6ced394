"""A report in a real browser."""

import pytest

from surefoot.report import write_report

from ._studies import EVIL, by_hand, searched

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "report.html"
    searched().report(file)
    return file.as_uri()


def test_a_report_opens_from_a_file_without_a_request_or_a_complaint(look, address):
    seen = look(address)
    assert seen.requests == [address]
    assert seen.complaints == []
    assert seen.page.locator("h1").inner_text().startswith("Train with a learning rate of")
    assert len(seen.visible(".panels canvas")) == len(seen.page.query_selector_all(".panel")) > 0
    assert len(seen.visible("figure.bowl svg")) == 1
    assert seen.visible(".static") == []


def test_with_scripts_off_the_same_pictures_are_there_as_svg(look, address):
    seen = look(address, java_script_enabled=False)
    assert seen.complaints == []
    assert len(seen.visible(".static svg.sf-picture")) == 1
    assert seen.visible(".js-only") == []
    assert len(seen.visible(".decisions li")) >= 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_curves_are_drawn_in_the_colours_of_light_and_dark(look, address, scheme):
    seen = look(address, color_scheme=scheme)
    strokes = seen.page.evaluate("""() => {
        const style = getComputedStyle(document.querySelector(".trials .sf-picture"));
        return [...Array(12).keys()].map((n) => {
            const hex = style.getPropertyValue(`--c${n}`).trim().slice(1);
            return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)).join();
        });
    }""")
    assert len(set(strokes) & set(seen.colors())) >= 3


def test_pointing_at_a_curve_names_its_trial_and_a_click_shows_it_alone(look, address):
    seen = look(address)
    over = seen.page.locator(".panel .u-over").first
    box = over.bounding_box()
    for share in range(2, 99, 3):  # down the middle until a curve is met
        over.hover(position={"x": box["width"] / 2, "y": box["height"] * share / 100})
        if seen.visible(".tip"):
            break
    named = seen.visible(".tip")[0].inner_text()
    assert "updates: " in named
    assert "Loss " in named
    seen.page.mouse.down()
    seen.page.mouse.up()
    (alone,) = seen.page.locator(".trials [aria-pressed=true]").all()
    assert named.startswith(alone.inner_text().strip())
    seen.page.locator(".trials button").first.press("Escape")
    assert seen.page.locator(".trials [aria-pressed=true]").count() == 0


def test_linear_and_log_raw_and_smoothed_draw_differently(look, address):
    seen = look(address)
    drawn = []
    for choice in ("linear", "log"):
        seen.page.get_by_label(choice, exact=True).check()
        for curves in ("smoothed", "raw"):
            seen.page.get_by_label(curves, exact=True).check()
            drawn.append(seen.page.evaluate("document.querySelector('canvas').toDataURL()"))
    assert len(set(drawn)) == 4
    assert seen.complaints == []


def test_everything_can_be_reached_and_done_with_the_keyboard(look, address):
    seen = look(address)
    reached = []
    for _ in range(60):
        seen.page.keyboard.press("Tab")
        reached.append(seen.page.evaluate("document.activeElement.className || document.activeElement.tagName"))
        if seen.page.evaluate("document.activeElement.closest('.trials') !== null"):
            break
    assert reached[0] == "skip"
    assert "copy js-only" in reached
    seen.page.keyboard.press("Enter")
    assert seen.page.locator(".trials button").first.get_attribute("aria-pressed") == "true"


def test_decisions_are_stepped_through_and_the_picture_follows(look, address):
    seen = look(address)
    output = seen.page.locator(".stepper output")
    total = seen.page.locator(".decisions li").count()
    assert output.inner_text() == f"decision 1 of {total}"
    assert len(seen.visible(".decisions li")) == 1
    shown = []
    seen.page.locator("[data-step='1']").focus()
    for _ in range(total):
        shown.append(seen.page.locator(".replay .wide [data-n]:not(.later)").count())
        seen.page.keyboard.press("ArrowRight")
    assert output.inner_text() == f"decision {total} of {total}"
    assert shown == sorted(shown)
    assert shown[0] < shown[-1] == seen.page.locator("figure.bowl .wide [data-n]").count()
    seen.page.get_by_label("all at once").check()
    assert len(seen.visible(".decisions li")) == total


@pytest.mark.parametrize("width", [320, 390, 768, 1600])
def test_no_page_is_wider_than_its_screen(look, address, width):
    seen = look(address, viewport={"width": width, "height": 800})
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert len(seen.visible("figure.bowl svg")) == 1


def test_on_paper_the_drawn_pictures_stand_and_no_buttons(look, address):
    seen = look(address)
    seen.page.emulate_media(media="print")
    assert seen.visible("button") == []
    assert seen.visible(".panels") == []
    assert len(seen.visible(".static svg.sf-picture")) == 1
    assert len(seen.visible(".decisions li")) == seen.page.locator(".decisions li").count()


def test_nothing_from_outside_runs(look, tmp_path):
    file = write_report([by_hand(EVIL), by_hand("two")], tmp_path / "evil.html")
    seen = look(file.as_uri())
    seen.page.locator(".trials button").first.hover()
    assert seen.complaints == []
    assert seen.page.locator("img").count() == 0
    assert seen.requests == [file.as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(look, address, tmp_path, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install 'surefoot[browser]'")
    side_by_side = write_report([by_hand("one"), by_hand("two")], tmp_path / "two.html").as_uri()
    for page in (address, side_by_side):
        # axe is put into the page from outside, which the page's policy rightly forbids
        seen = look(page, color_scheme=scheme, bypass_csp=True)
        seen.page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        faults = axe.Axe().run(seen.page).response["violations"]
        grave = [(one["id"], one["nodes"][0]["html"]) for one in faults if one["impact"] in {"serious", "critical"}]
        assert grave == []
