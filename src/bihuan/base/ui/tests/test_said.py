"""The quick look-up of texts says what Django's own says."""

from __future__ import annotations

import threading

import pytest
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy, pgettext, trans_real

from bihuan.base.ui import said


def _djangos(message: str) -> str:
    """Django's way, of the translation in use."""
    text = message.replace("\r\n", "\n").replace("\r", "\n")
    return str(trans_real.catalog().gettext(text)) if text else ""


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_text_of_the_catalogues_is_said_alike(language):
    with translation.override(language):
        kept = vars(trans_real.catalog())["_catalog"]
        texts = [each for each, _said in kept.items() if isinstance(each, str)]
        assert len(texts) > 500
        for each in [*texts, "没有这句话", "", "一行\r\n两行"]:
            assert gettext(each) == _djangos(each) == gettext(each)


def test_a_language_chosen_later_or_for_a_while_is_followed():
    lazy = gettext_lazy("保存")
    with translation.override("en"):
        assert (gettext("保存"), str(lazy)) == ("Save", "Save")
        with translation.override("zh-hans"):
            assert (gettext("保存"), str(lazy)) == ("保存", "保存")
        with translation.override(None):
            assert translation.get_language() is None
            assert gettext("保存") == "保存"
        assert gettext("保存") == "Save"


def test_a_context_makes_another_word():
    with translation.override("en"):
        assert pgettext("before a clock time", "今天") == "today"
        assert pgettext("nowhere", "没有这句话") == "没有这句话"


def test_safe_stays_safe_and_text_stays_text():
    with translation.override("en"):
        assert isinstance(gettext(mark_safe("保存")), SafeString)
        assert not isinstance(gettext("保存"), SafeString)


def test_each_thread_has_its_own_language():
    heard = []

    def speak() -> None:
        heard.append(gettext("保存"))
        translation.activate("en")
        heard.append(gettext("保存"))
        translation.deactivate()
        heard.append(gettext("保存"))

    with translation.override("en"):
        other = threading.Thread(target=speak)
        other.start()
        other.join()
        assert gettext("保存") == "Save"
    assert heard == ["保存", "Save", "保存"]


def test_texts_that_are_always_new_do_not_pile_up(monkeypatch):
    monkeypatch.setattr(said._Texts, "MOST", 10)
    with translation.override("en"):
        texts = said._Texts(trans_real.catalog())
        assert [texts[f"第 {n} 句"] for n in range(50)] == [f"第 {n} 句" for n in range(50)]
        assert len(texts) == 10
