import pytest

from surefoot.schedules import catalogue
from surefoot.schedules._recipes import RECIPES
from surefoot.schedules._shapes import SHAPES

ENTRIES = catalogue()


def test_every_word_is_listed_once():
    words = [entry.word for entry in ENTRIES]
    assert sorted(words) == sorted([*SHAPES, *RECIPES])


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.word)
def test_an_example_uses_its_word_and_fits_into_a_thousand_updates(entry):
    assert entry.example.startswith(f"{entry.word}(")
    assert entry.schedule.over(1000)(0) >= 0
    assert 10 < len(entry.summary) < 70


@pytest.mark.parametrize("word", [*SHAPES, *RECIPES])
def test_a_docstring_says_first_and_last_values_when_to_use_it_its_source_and_where_it_departs(word):
    doc = (SHAPES | RECIPES)[word].__doc__
    assert "First" in doc
    assert "last" in doc.lower()
    assert "Use " in doc
    assert "https://" in doc
    assert ">>> " in doc
