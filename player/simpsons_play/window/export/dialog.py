"""The dialog with the options of an export."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Qt, QTime
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.escaping import button_text, one_line
from simpsons_play.core.foreign_files import reason_of
from simpsons_play.core.names import display_name
from simpsons_play.window.export.ports import Exporter, ExportJob, ExportKind, ExportOptions
from simpsons_play.window.export.suggestion import FORMATS, suggested_path
from simpsons_play.window.widgets.theme import ACCENT

_ENCODERS = (
    ("Automatic", "auto"),
    ("Software (x264)", "software"),
    ("Graphics card", "hardware"),
)
_DAY_S = 24 * 60 * 60
"""Length of the files of which no part can be chosen: a `QTimeEdit` counts up to a day."""


class ExportDialog(QDialog):
    """Asks where and how to export a source, and starts it; `job` is the export if the user accepts.

    Args:
        kind: What to export.
        exporter: Exports the source.
        folder: Folder of the last export; None for the first one.
        followed: Label of the character that the user follows; None if there is none.
        only: Whether to suggest exporting that one alone.
        parent: Qt parent.
    """

    def __init__(
        self,
        kind: ExportKind,
        exporter: Exporter,
        *,
        folder: Path | None,
        followed: str | None = None,
        only: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Export {kind.value}")
        self._kind, self._exporter = kind, exporter
        self._job: ExportJob | None = None
        self._confirmed: Path | None = None
        suggested = suggested_path(kind, exporter.source, folder=folder)
        self._folder = suggested.parent
        self._path, self._format, self._encoder = QLineEdit(str(suggested)), QComboBox(), QComboBox()
        self._followed = followed
        self._only = QCheckBox(f"Only {button_text(display_name(followed or ''))}")
        self._only.setChecked(only and followed is not None)
        self._part, self._from, self._to = QCheckBox("Only a &part"), QTimeEdit(), QTimeEdit()
        self._error = QLabel()
        layout = QVBoxLayout(self)
        layout.addLayout(self._form())
        layout.addWidget(self._error)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText("&Export")
        buttons.accepted.connect(self._start)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self._error.setTextFormat(Qt.TextFormat.PlainText)
        self._error.setWordWrap(True)
        self._error.setStyleSheet(f"color: {ACCENT.name()};")
        self._error.setAccessibleName("Error")
        self._error.hide()
        self._path.setMinimumWidth(self.fontMetrics().averageCharWidth() * 60)
        self._path.textEdited.connect(self._on_path_edited)
        self._format.currentIndexChanged.connect(self._on_format_changed)

    @property
    def job(self) -> ExportJob | None:
        """The export that was started; None if the user has cancelled."""
        return self._job

    def _form(self) -> QFormLayout:
        form, file = QFormLayout(), QHBoxLayout()
        choose = QPushButton("&Choose…")
        choose.setAutoDefault(False)  # Return exports
        choose.clicked.connect(self._choose)
        file.addWidget(self._path)
        file.addWidget(choose)
        name = "&Folder" if self._kind is ExportKind.REPORT else "&File"
        label = QLabel(name)
        label.setBuddy(self._path)
        form.addRow(label, file)
        self._path.setAccessibleName(name.replace("&", ""))
        for title, suffix in FORMATS[self._kind]:
            self._format.addItem(f"{title} ({suffix})", suffix)
        if self._format.count():
            form.addRow("For&mat", self._format)
        if self._kind is ExportKind.VIDEO:
            for title, encoder in _ENCODERS:
                self._encoder.addItem(title, encoder)
            form.addRow("E&ncoder", self._encoder)
        self._format.setAccessibleName("Format")
        self._encoder.setAccessibleName("Encoder")
        duration_s = self._exporter.duration_s
        if duration_s is not None and 0 < duration_s < _DAY_S:
            form.addRow("", self._range(duration_s))
        if self._followed is not None:
            form.addRow("", self._only)
        return form

    def _range(self, duration_s: float) -> QHBoxLayout:
        end = QTime.fromMSecsSinceStartOfDay(int(1000 * duration_s))
        row = QHBoxLayout()
        row.addWidget(self._part)
        for edit, name in ((self._from, "from"), (self._to, "to")):
            edit.setDisplayFormat("h:mm:ss.zzz")
            edit.setMaximumTime(end)
            edit.setAccessibleName(name.title())
            edit.setEnabled(False)
            self._part.toggled.connect(edit.setEnabled)
            row.addWidget(QLabel(name))
            row.addWidget(edit)
        self._to.setTime(end)
        row.addStretch()
        return row

    def _options(self) -> ExportOptions | None:
        """What the user has chosen; None, with an error shown, if that is not possible."""
        typed = self._path.text().strip()
        if not typed or (FORMATS[self._kind] and os.path.basename(typed) in ("", ".", "..")):
            self._show_error("Choose a name." if not typed else "Choose the name of a file, not of a folder.")
            return None
        path = self._typed_path()
        if FORMATS[self._kind] and not path.suffix:
            path = path.with_suffix(self._format.currentData() or FORMATS[self._kind][0][1])
        start_s, duration_s = 0.0, None
        if self._part.isChecked():
            start_s, end_s = (edit.time().msecsSinceStartOfDay() / 1000 for edit in (self._from, self._to))
            if end_s <= start_s:
                self._show_error("The part must end after its start.")
                return None
            if self._to.time() < self._to.maximumTime():
                duration_s = end_s - start_s
        only = self._followed if self._only.isChecked() else None
        return ExportOptions(
            self._kind,
            path,
            self._encoder.currentData() or "auto",
            start_s=start_s,
            duration_s=duration_s,
            only=None if only is None else frozenset((only,)),
        )

    def _start(self) -> None:
        options = self._options()
        if options is None:
            return
        try:
            replaced = self._exporter.replaced(options)
            if replaced and options.path != self._confirmed and not self._may_replace(replaced):
                return
            self._job = self._exporter.start(options)
        except SimpsonsError as error:
            self._show_error(str(error))
            return
        except (OSError, ValueError) as error:  # no file can have such a name
            self._show_error(f"{one_line(str(options.path))}: {reason_of(error)}; choose another name")
            return
        self.accept()

    def _may_replace(self, paths: tuple[Path, ...]) -> bool:
        names, several = ", ".join(path.name for path in paths), len(paths) > 1
        box = QMessageBox(
            QMessageBox.Icon.Question,
            "Replace?",
            f"{names} already exist{'' if several else 's'} in {paths[0].parent}. "
            f"Replace {'them' if several else 'it'}?",
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No,
            self,
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setDefaultButton(QMessageBox.StandardButton.No)
        box.button(QMessageBox.StandardButton.Yes).setText("&Replace")
        try:
            return box.exec() == QMessageBox.StandardButton.Yes
        finally:
            box.deleteLater()

    def _choose(self) -> None:
        path = self._typed_path()
        if self._kind is ExportKind.REPORT:
            folder = QFileDialog.getExistingDirectory(
                self, "Folder that contains the report", str(path.parent)
            )
            chosen = str(Path(folder) / path.name) if folder else ""
        else:
            filters = ";;".join(f"{title} (*{suffix})" for title, suffix in FORMATS[self._kind])
            chosen, _ = QFileDialog.getSaveFileName(self, self.windowTitle(), str(path), filters)
            self._confirmed = Path(chosen) if chosen else self._confirmed  # the file dialog asks the user
        if chosen:
            self._path.setText(chosen)
            self._on_path_edited(chosen)

    def _on_path_edited(self, text: str) -> None:
        """Show the format that the suffix stands for, if it is one of these."""
        self._error.hide()
        if suffix := Path(text.strip()).suffix:
            self._format.blockSignals(True)
            self._format.setCurrentIndex(self._format.findData(suffix.lower()))
            self._format.blockSignals(False)

    def _on_format_changed(self, index: int) -> None:
        path, suffix = Path(self._path.text().strip()), self._format.itemData(index)
        if path.name:
            has_format = self._format.findData(path.suffix.lower()) >= 0  # and not only a dot in its name
            name = path.stem if has_format else path.name
            self._path.setText(str(path.with_name(f"{name}{suffix}")))
        self._error.hide()

    def _typed_path(self) -> Path:
        """The path in the text field; relative ones are in the suggested folder."""
        return self._folder / os.path.expanduser(self._path.text().strip())

    def _show_error(self, line: str) -> None:
        self._error.setText(line)
        self._error.show()
