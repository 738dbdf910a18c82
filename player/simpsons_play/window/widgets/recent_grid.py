"""Recently played sources: a heading above a grid of cards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont, QFontMetrics, QImage, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from simpsons_play.window.widgets.recent_card import RecentCard

_MIN_CARD_EM, _MAX_CARD_EM, _GAP_EM = 11, 24, 0.8
_MAX_COLUMNS = 5
CLEAR_TOOLTIP = "Forget all recently played files and addresses, and their pictures"


class RecentGrid(QWidget):
    """Cards of recent sources, in as many columns as fit.

    Args:
        recent: Recently played sources, newest first.
        parent: Qt parent.

    Attributes:
        clear_button: Clears the list.
        source_selected: Signal(str): The user wants to play this source.
        remove_requested: Signal(str): The user wants to remove this source from the list.
        clear_requested: Signal(): The user wants to clear the list.
    """

    source_selected = Signal(str)
    remove_requested = Signal(str)
    clear_requested = Signal()

    def __init__(self, recent: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading = QHBoxLayout()
        heading.addWidget(QLabel("Recently played", self))
        heading.addStretch(1)
        self.clear_button = QPushButton("Clear list", self)
        self.clear_button.setObjectName("flat")
        self.clear_button.setAutoDefault(True)  # Enter presses it
        self.clear_button.setToolTip(CLEAR_TOOLTIP)
        self.clear_button.clicked.connect(self.clear_requested)
        heading.addWidget(self.clear_button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addLayout(heading)
        self._grid = QWidget(self)
        rows.addWidget(self._grid)
        self.cards: list[RecentCard] = []
        self.set_recent(recent)

    def set_recent(self, recent: Sequence[str]) -> None:
        """Show these sources; cards of sources that stay keep their pictures."""
        known = {card.source: card for card in self.cards}
        self.cards = []
        for source, name in zip(recent, shown_names(recent), strict=True):
            card = known.pop(source, None)
            if card is None:
                card = RecentCard(source, name, self._grid)
                card.clicked.connect(lambda checked=False, source=source: self.source_selected.emit(source))
                card.remove_requested.connect(self.remove_requested)
                card.show()
            self.cards.append(card)
        for card in known.values():
            card.hide()
            card.deleteLater()
        self.setVisible(bool(self.cards))
        self._arrange()

    def set_font(self, font: QFont) -> None:
        """Use this font, and sizes that go with it."""
        self.setFont(font)
        self._arrange()

    def set_picture(self, source: str, picture: QImage) -> None:
        """Show this picture of a source on its card."""
        for card in self.cards:
            if card.source == source:
                card.set_picture(picture)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the cards in as many columns as fit."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        em = QFontMetrics(self.font()).height()
        width, gap = self.width(), round(em * _GAP_EM)
        columns = min(max(1, (width + gap) // (_MIN_CARD_EM * em + gap)), _MAX_COLUMNS)
        card_width = min((width - gap * (columns - 1)) // columns, _MAX_CARD_EM * em)
        bottom = 0
        for place, card in enumerate(self.cards):
            size = card.size_for(card_width)
            row, column = divmod(place, columns)
            card.setGeometry(
                column * (card_width + gap), row * (size.height() + gap), size.width(), size.height()
            )
            bottom = card.geometry().bottom() + 1
        self._grid.setFixedHeight(bottom)


def shown_names(sources: Sequence[str]) -> list[str]:
    """The file names of sources; addresses, and files of the same name, are shown in full."""
    names = [source if "://" in source else Path(source).name for source in sources]
    count = Counter(names)
    return [source if count[name] > 1 else name for source, name in zip(sources, names, strict=True)]
