from __future__ import annotations

from itertools import pairwise

import pytest

from bihuan.apps.knowledge.enums import Audience
from bihuan.apps.knowledge.rules import VERB, fault_codes, fits, widest
from bihuan.base.access.rights import RIGHTS


def test_each_circle_of_readers_lies_within_the_next():
    tables = [set(RIGHTS[verb]) for verb in VERB.values()]
    assert all(small <= large for small, large in pairwise(tables))


@pytest.mark.parametrize(
    ("audiences", "verb"),
    [
        ([Audience.ENGINEER], "knowledge.engineer"),
        ([Audience.ENGINEER, Audience.STAFF], "knowledge.staff"),
        ([Audience.STAFF, Audience.DEALER], "knowledge.dealer"),
        (["CUSTOMER", "ENGINEER"], "knowledge.see"),
    ],
)
def test_the_widest_circle_is_what_opens_an_article(audiences, verb):
    assert widest(audiences) == verb


def test_fault_codes_are_read_as_people_type_them():
    assert fault_codes(" e07，E-12; e07、 报警3 ") == ("E07", "E-12", "报警3")
    assert fault_codes("") == ()


@pytest.mark.parametrize(
    ("families", "models", "family", "model", "fit"),
    [
        ([], [], "LAB", "H-20", 1), ([], ["H-20"], "LAB", "H-20", 2), (["LAB"], [], "LAB", "H-20", 1),
        (["DECANTER"], [], "LAB", "H-20", 0), ([], ["D-5"], "LAB", "H-20", 0), (["LAB"], [], "", "", 1),
    ],
)  # fmt: skip
def test_how_well_an_article_fits_a_machine(families, models, family, model, fit):
    assert fits(families, models, family, model) == fit
