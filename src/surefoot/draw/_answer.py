from __future__ import annotations

from typing import TYPE_CHECKING

from surefoot.draw._numbers import duration, length, rate

if TYPE_CHECKING:
    from surefoot.found import Found, Trained


def answer_text(found: Found) -> str:
    """The answer for people: a few labelled lines, and two to paste.

    Args:
        found: The result.

    Returns:
        Several lines of text.
    """
    lines = [("learning rate", _rate_line(found))]
    if found.yours is not None:
        lines.append(("yours", f"{rate(found.yours.lr)}  {found.yours.sentence}"))
    if found.fails_at is not None:
        lines.append(("fails", f"at and above {rate(found.fails_at)}"))
    flags = f" [{', '.join(found.verdict.flags)}]" if found.verdict.flags else ""
    lines.append(("verdict", f"{found.verdict.kind.replace('_', ' ')}{flags}: {found.verdict.sentence}"))
    if found.verdict.advice:
        lines.append(("advice", found.verdict.advice))
    if found.trained is not None:
        lines.append(("trained", _trained_line(found.trained)))
    price = found.price
    assessed = f" {price.cost.forwards:,} validation batches," if price.cost.forwards or not found.command else ""
    spent = length(price.updates, found.granularity)
    lines.append(("price", f"{price.runs:.2g} runs: {spent},{assessed} {duration(price.seconds)}"))
    lines.append(("study", found.study))
    text = "\n".join(f"{label:<14}{said}" for label, said in lines)
    return text if found.lr is None else f"{text}\n\n{paste(found)}"


def _rate_line(found: Found) -> str:
    if found.lr is None:
        return "none"
    if found.interval is None:
        return rate(found.lr)
    low, high = found.interval
    good = f"good from {rate(low)} to {rate(high)}" if low < high else "too little is known for an interval"
    return f"{rate(found.lr)}   {good}"


def _trained_line(trained: Trained) -> str:
    if trained.reason:
        return f"FAILED before the end, so there is no model and the rate does not hold: {trained.reason}"
    (_, first), *later = trained.rates
    changes = "".join(f", {rate(lr)} from update {step:,} on" for step, lr in later)
    return f"to the end with {rate(first)}{changes}: score {trained.score:.5g}"


def paste(found: Found) -> str:
    """What uses the answer: two lines of Python, or the command.

    Args:
        found: With a rate.

    Returns:
        Lines to paste: the rate and its schedule.
    """
    assert found.lr is not None
    if found.command:
        return f"    {found.command}"
    schedule = f'sf.schedules.parse("{found.schedule}").over({found.horizon})'
    return (
        f"    lr = {rate(found.lr)}  # the peak rate, for your optimizer\n"
        f"    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, {schedule})"
    )
