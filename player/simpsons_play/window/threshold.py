"""How sure the network has to be: a slider."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QSlider, QVBoxLayout, QWidget

_STEPS = 100


class ThresholdSlider(QWidget):
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
        self.setToolTip("name nobody the network is less sure of")
        both = QVBoxLayout(self)
        both.setContentsMargins(0, 4, 0, 0)
        both.setSpacing(2)
        both.addWidget(self._label)
        both.addWidget(self._slider)
        both.addStretch(1)
        self.setFixedWidth(110)
        self._slider.valueChanged.connect(self._on_changed)

    def show_threshold(self, threshold: float) -> None:
        """Show where it is, without asking for anything; 0-1."""
        self._slider.blockSignals(True)
        self._slider.setValue(round(threshold * _STEPS))
        self._slider.blockSignals(False)
        self._label.setText(f"names from {threshold:.0%}")

    def _on_changed(self, value: int) -> None:
        self.changed.emit(value / _STEPS)
