"""Our schedules against other libraries: their recorded answers always, they themselves in full runs."""

import numpy as np
import pytest

from surefoot.schedules import parse

from .peers import PACKAGES, SINGLE, cases, installed, recorded

ANSWERS = recorded()
ALL = [pytest.param(library, name, id=f"{library}: {name}") for library in PACKAGES for name in cases(library)]
NEAR_ZERO = {
    SINGLE: 1.2e-7
}  # half a unit in the last place of 1, where the rates that are subtracted are near the peak


def differ(case, rates):
    ours = parse(case.ours).over(case.horizon)(range(case.horizon))
    np.testing.assert_allclose(ours, rates, rtol=case.close, atol=NEAR_ZERO.get(case.close, 1e-15))


@pytest.mark.parametrize(("library", "name"), ALL)
def test_a_schedule_has_the_rates_that_were_recorded_of_another_library(library, name):
    differ(cases(library)[name], ANSWERS[library]["rates"][name])


@pytest.mark.parametrize("library", PACKAGES)
def test_what_is_recorded_is_what_is_asked(library):
    assert list(ANSWERS[library]["rates"]) == list(cases(library))
    assert all(len(ANSWERS[library]["rates"][name]) == case.horizon for name, case in cases(library).items())


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")  # theirs
@pytest.mark.parametrize(("library", "name"), ALL)
def test_a_schedule_has_the_rates_of_another_library_as_it_is_installed(library, name):
    if not installed(library):
        pytest.skip(f"needs {library}. Install it: pip install 'surefoot[schedules-peers]'")
    case = cases(library)[name]
    differ(case, case.rates())
