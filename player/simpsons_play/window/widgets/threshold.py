"""A slider for the probability from which characters are named."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from simpsons_play.window.widgets.font_aware import FontAware
from simpsons_play.window.widgets.jump_slider import JumpSlider
from simpsons_play.window.widgets.theme import EDGE_PX, slider_style

_STEPS = 100
_MIN_WIDTH, _MAX_WIDTH = 5, 12
"""Of the slider, in em."""


class ThresholdSlider(FontAware):
    """The naming threshold: further to the right, fewer names and fewer wrong ones.

    Attributes:
        changed: Signal(float): The user has moved the slider to this probability; 0-1.
    """

    changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label, self._slider = QLabel(self), JumpSlider(self)
        self._compact = False
        self._slider.setRange(0, _STEPS)
        self._slider.setPageStep(5)
        self._slider.setAccessibleName("Threshold")
        self._slider.setAccessibleDescription("Lowest confidence at which a name is shown")
        self.setToolTip("Lowest confidence at which a name is shown (- and +)")
        row = QHBoxLayout(self)
        row.setContentsMargins(EDGE_PX, 0, 0, 0)
        row.setSpacing(EDGE_PX // 2)
        row.addWidget(self._label)
        row.addWidget(self._slider, 1)
        self._slider.valueChanged.connect(self._on_value_changed)
        self._fit()

    def show_threshold(self, threshold: float) -> None:
        """Show a threshold, 0-1, without emitting `changed`."""
        self._slider.blockSignals(True)
        self._slider.setValue(round(threshold * _STEPS))
        self._slider.blockSignals(False)
        self._show_label()

    def set_compact(self, compact: bool) -> None:
        """Show the number without the word, for narrow windows."""
        self._compact = compact
        self._show_label()

    def _show_label(self) -> None:
        percent = f"{self._slider.value()}%"
        self._label.setText(percent if self._compact else f"Threshold {percent}")

    def _fit(self) -> None:
        em = self.fontInfo().pixelSize()
        self._slider.setMinimumWidth(_MIN_WIDTH * em)
        self._slider.setMaximumWidth(_MAX_WIDTH * em)
        self._slider.setStyleSheet(slider_style(em))

    def _on_value_changed(self, value: int) -> None:
        self.changed.emit(value / _STEPS)
