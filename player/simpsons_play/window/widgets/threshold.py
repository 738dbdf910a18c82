"""How sure the network has to be: a slider."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from simpsons_play.window.widgets.font_aware import Lettered
from simpsons_play.window.widgets.theme import EDGE_PX, slider_style

_STEPS = 100
_LEAST, _MOST = 5, 12
"""Width of the slider, in heights of a letter."""


class ThresholdSlider(Lettered):
    """Names from so sure on; to the right fewer names, and fewer wrong ones.

    Attributes:
        changed: Signal(float): the user wants another probability; 0-1.
    """

    changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label, self._slider = QLabel(self), QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setRange(0, _STEPS)
        self._slider.setPageStep(5)
        # The keys are those of the player, whatever was clicked last.
        self._slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._slider.setAccessibleName("threshold")
        self.setToolTip("name nobody the network is less sure of (keys: - and +)")
        both = QHBoxLayout(self)
        both.setContentsMargins(EDGE_PX, 0, 0, 0)
        both.setSpacing(EDGE_PX // 2)
        both.addWidget(self._label)
        both.addWidget(self._slider, 1)
        self._slider.valueChanged.connect(self._on_changed)
        self._fit()

    def show_threshold(self, threshold: float) -> None:
        """Show where it is, without asking for anything; 0-1."""
        self._slider.blockSignals(True)
        self._slider.setValue(round(threshold * _STEPS))
        self._slider.blockSignals(False)
        self._label.setText(f"Threshold {threshold * 100:.0f} %")

    def _fit(self) -> None:
        em = self.fontInfo().pixelSize()
        self._slider.setMinimumWidth(_LEAST * em)
        self._slider.setMaximumWidth(_MOST * em)
        self._slider.setStyleSheet(slider_style(em))

    def _on_changed(self, value: int) -> None:
        self.changed.emit(value / _STEPS)
