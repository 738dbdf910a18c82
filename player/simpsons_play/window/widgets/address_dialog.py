"""The dialog for opening an address."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

_MIN_WIDTH_PX = 480


class AddressDialog(QDialog):
    """Asks for the address of a video or stream.

    Args:
        parent: Qt parent.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open address")
        self.setMinimumWidth(_MIN_WIDTH_PX)
        self._address, label = QLineEdit(self), QLabel("&Address", self)
        self._address.setAccessibleName("Address")
        self._address.setPlaceholderText("https://… or rtsp://…")
        label.setBuddy(self._address)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel, self
        )
        self._open = buttons.button(QDialogButtonBox.StandardButton.Open)
        self._open.setEnabled(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._address.textChanged.connect(lambda: self._open.setEnabled(bool(self.address)))
        form = QFormLayout()
        form.addRow(label, self._address)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(buttons)
        self._address.setFocus()

    @property
    def address(self) -> str:
        """What the user has typed."""
        return self._address.text().strip()
