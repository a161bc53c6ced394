"""Records as text and pictures: pure functions of a result."""

from surefoot.draw._answer import answer_text as answer_text
from surefoot.draw._bowl import bowl_text as bowl_text
from surefoot.draw._course import course_text as course_text
from surefoot.draw._course import sparkline as sparkline
from surefoot.draw._course_picture import course_svg as course_svg
from surefoot.draw._course_picture import save_course as save_course
from surefoot.draw._figure import check_figure as check_figure
from surefoot.draw._figure import figure as figure
from surefoot.draw._figure import save_figure as save_figure
from surefoot.draw._numbers import duration as duration
from surefoot.draw._numbers import length as length
from surefoot.draw._numbers import rate as rate
from surefoot.draw._numbers import rate_argument as rate_argument
from surefoot.draw._range import range_figure as range_figure
from surefoot.draw._range import range_text as range_text
from surefoot.draw._watched import save_watched as save_watched
from surefoot.draw._watched import verdict_text as verdict_text

__all__ = [
    "answer_text",
    "bowl_text",
    "check_figure",
    "course_svg",
    "course_text",
    "duration",
    "figure",
    "length",
    "range_figure",
    "range_text",
    "rate",
    "rate_argument",
    "save_course",
    "save_figure",
    "save_watched",
    "sparkline",
    "verdict_text",
]
