"""Records as text and pictures: pure functions of a result."""

from surefoot.draw._answer import answer_text as answer_text
from surefoot.draw._answer import paste as paste
from surefoot.draw._applied_svg import applied_svg as applied_svg
from surefoot.draw._bowl import bowl_text as bowl_text
from surefoot.draw._bowl_svg import bowl_svg as bowl_svg
from surefoot.draw._bowl_svg import rates_of as rates_of
from surefoot.draw._bowl_svg import stage_title as stage_title
from surefoot.draw._compared_svg import compared_svg as compared_svg
from surefoot.draw._course import course_text as course_text
from surefoot.draw._course import sparkline as sparkline
from surefoot.draw._course_picture import course_svg as course_svg
from surefoot.draw._course_picture import save_course as save_course
from surefoot.draw._curves_svg import Panel as Panel
from surefoot.draw._curves_svg import curves_svg as curves_svg
from surefoot.draw._curves_svg import loss_limits as loss_limits
from surefoot.draw._curves_svg import panels as panels
from surefoot.draw._curves_svg import thin as thin
from surefoot.draw._figure import check_figure as check_figure
from surefoot.draw._figure import figure as figure
from surefoot.draw._figure import save_figure as save_figure
from surefoot.draw._notebook import notebook as notebook
from surefoot.draw._numbers import duration as duration
from surefoot.draw._numbers import length as length
from surefoot.draw._numbers import rate as rate
from surefoot.draw._numbers import rate_argument as rate_argument
from surefoot.draw._numbers import score_text as score_text
from surefoot.draw._race import Race as Race
from surefoot.draw._race import race as race
from surefoot.draw._range import range_figure as range_figure
from surefoot.draw._range import range_text as range_text
from surefoot.draw._range_svg import range_svg as range_svg
from surefoot.draw._spark_svg import spark_svg as spark_svg
from surefoot.draw._spent_svg import spent_svg as spent_svg
from surefoot.draw._style import STUDIES as STUDIES
from surefoot.draw._style import STYLE as STYLE
from surefoot.draw._style import shade as shade
from surefoot.draw._style import shade_number as shade_number
from surefoot.draw._verdict_svg import verdict_svg as verdict_svg
from surefoot.draw._watched import save_watched as save_watched
from surefoot.draw._watched import verdict_text as verdict_text

__all__ = [
    "STUDIES",
    "STYLE",
    "Panel",
    "Race",
    "answer_text",
    "applied_svg",
    "bowl_svg",
    "bowl_text",
    "check_figure",
    "compared_svg",
    "course_svg",
    "course_text",
    "curves_svg",
    "duration",
    "figure",
    "length",
    "loss_limits",
    "notebook",
    "panels",
    "paste",
    "race",
    "range_figure",
    "range_svg",
    "range_text",
    "rate",
    "rate_argument",
    "rates_of",
    "save_course",
    "save_figure",
    "save_watched",
    "score_text",
    "shade",
    "shade_number",
    "spark_svg",
    "sparkline",
    "spent_svg",
    "stage_title",
    "thin",
    "verdict_svg",
    "verdict_text",
]
