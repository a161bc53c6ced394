"""The pictures of reports in the README and in docs/report.md; run by `make screenshots`, with a browser.

Real studies of examples/digits.py, with three optimizers, in a store that is gone afterwards.
"""

from __future__ import annotations

import functools
import io
import shutil
import sys
import tempfile
from pathlib import Path

import torch
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

import surefoot as sf
from surefoot.report import write_report

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "examples"))

import digits  # noqa: E402  (lies beside the docs, not in the package)

OPTIMIZERS = {
    "digits-adamw": torch.optim.AdamW,
    "digits-sgd": functools.partial(torch.optim.SGD, momentum=0.9, nesterov=True),
    "digits-adagrad": torch.optim.Adagrad,
}


def searched(name: str, store: str) -> sf.Found:
    """The study of one optimizer."""
    task = sf.TorchTask(
        model=digits.make_model,
        optimizer=OPTIMIZERS[name],
        train=digits.train,
        valid=digits.valid,
        loss=digits.loss,
        batch_size=64,
        horizon="100 epochs",
        schedule="warmup(0.05) >> cosine()",
    )
    return sf.find(task, budget=0.5, lr=1e-4 if name == "digits-adamw" else None, study=name, store=store)


def take(browser: Browser, page: Path, picture: str, scheme: str, first: str, last: str, width: int = 900) -> None:
    """A picture of a page from one element to another."""
    seen = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, device_scale_factor=1.5)  # pyright: ignore[reportArgumentType]
    seen.goto(page.as_uri())
    boxes = [seen.locator(one).first.bounding_box() for one in (first, last)]
    top, bottom = max(0.0, boxes[0]["y"] - 24), boxes[1]["y"] + boxes[1]["height"] + 24  # pyright: ignore[reportOptionalSubscript]
    taken = seen.screenshot(full_page=True, clip={"x": 0, "y": top, "width": width, "height": bottom - top})
    Image.open(io.BytesIO(taken)).save(DOCS / picture, quality=82)
    seen.close()


def main() -> None:
    """Search, write, look."""
    folder = Path(tempfile.mkdtemp())
    founds = [searched(name, str(folder / "store")) for name in OPTIMIZERS]
    one = write_report(founds[:1], folder / "one.html")
    all_of_them = write_report(founds, folder / "all.html")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        take(browser, one, "report.webp", "light", ".answer", ".facts")
        take(browser, one, "report-dark.webp", "dark", "section.curves", "section.curves .caption")
        take(browser, all_of_them, "report-compared.webp", "light", ".compared", ".compared")
        browser.close()
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
