"""Records as text and pictures: pure functions of a result."""

from surefoot.draw._answer import answer_text as answer_text
from surefoot.draw._answer import paste as paste
from surefoot.draw._bowl import bowl_text as bowl_text
from surefoot.draw._bowl_svg import bowl_svg as bowl_svg
from surefoot.draw._compared_svg import compared_svg as compared_svg
from surefoot.draw._course import course_text as course_text
from surefoot.draw._curves_svg import curves_svg as curves_svg
from surefoot.draw._curves_svg import thin as thin
from surefoot.draw._figure import check_figure as check_figure
from surefoot.draw._figure import figure as figure
from surefoot.draw._figure import save_figure as save_figure
from surefoot.draw._numbers import duration as duration
from surefoot.draw._numbers import length as length
from surefoot.draw._numbers import rate as rate
from surefoot.draw._numbers import rate_argument as rate_argument
from surefoot.draw._range import range_figure as range_figure
from surefoot.draw._range import range_text as range_text
from surefoot.draw._spent_svg import spent_svg as spent_svg
from surefoot.draw._style import STYLE as STYLE
from surefoot.draw._watched import save_watched as save_watched
from surefoot.draw._watched import verdict_text as verdict_text

__all__ = [
    "STYLE",
    "answer_text",
    "bowl_svg",
    "bowl_text",
    "check_figure",
    "compared_svg",
    "course_text",
    "curves_svg",
    "duration",
    "figure",
    "length",
    "paste",
    "range_figure",
    "range_text",
    "rate",
    "rate_argument",
    "save_figure",
    "save_watched",
    "spent_svg",
    "thin",
    "verdict_text",
]
