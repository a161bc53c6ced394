"""Ask every library that is installed, and keep its answers: ``cd tests; python -m schedules.peers.record``.

What is recorded of a library that is not installed stays.
"""

import json
import warnings

import _torchvision

from . import PACKAGES, RECORDED, cases, installed, recorded, version


def main():
    kept = recorded() if RECORDED.exists() else {}
    for library in PACKAGES:
        if not installed(library):
            print(f"{library}: not installed, kept as it was")
            continue
        answers = {name: [float(rate) for rate in case.rates()] for name, case in cases(library).items()}
        kept[library] = {"version": version(library), "rates": answers}
        print(f"{library} {version(library)}: {len(answers)} schedules")
    text = json.dumps(kept, indent=1)
    RECORDED.write_text(compact(text) + "\n", encoding="utf-8")


def compact(text):
    """One line a schedule."""
    lines = []
    for line in text.splitlines():
        if line.startswith(("    ", "   ]")):
            lines[-1] += line.strip()
        else:
            lines.append(line)
    return "\n".join(lines)


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs
        _torchvision.make_importable()
        main()
