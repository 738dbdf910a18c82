"""The help page."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtGui import QTextDocument

from simpsons_play.window.widgets.help_page import HelpPage, help_html
from simpsons_play.window.widgets.keys import BINDINGS
from simpsons_play.window.widgets.layout import Layout
from tests.player.window.driver import (
    WindowDriver,
    driver_fixture,  # noqa: F401 - as `driver`
    pixels,
)


@pytest.mark.parametrize("columns", [1, 2])
def test_the_help_page_shows_every_binding(qtbot: QtBot, columns: int) -> None:
    document = QTextDocument()
    document.setHtml(help_html(columns=columns))
    assert "closes this page" in document.toPlainText()
    cells = [line.strip() for line in document.toPlainText().splitlines()]
    for binding in BINDINGS:
        assert binding.shown in cells and binding.description in cells, binding


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (1024, 600), (800, 600), (640, 480), (320, 240)])
def test_the_help_page_fits_or_scrolls(driver: WindowDriver, size: tuple[int, int]) -> None:
    driver.window.resize(*size)
    driver.press("h")
    page = driver.window.findChild(HelpPage)
    assert isinstance(page, HelpPage) and page.isVisible()
    layout = driver.window.findChild(Layout)
    assert isinstance(layout, Layout) and layout.rect().contains(page.geometry())
    driver.qtbot.waitUntil(lambda: (page.verticalScrollBar().maximum() > 0) == (size[0] < 600))
    assert page.widget().width() <= page.viewport().width(), "nothing is cut off"
    picture = pixels(page)
    assert (picture[5:9, 5:9] == picture[5, 5]).all(), "it is opaque"
