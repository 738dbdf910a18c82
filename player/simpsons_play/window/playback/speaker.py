"""The sound device, by way of Qt's `QAudioSink`."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QIODevice, QObject, Signal
from PySide6.QtMultimedia import QAudioDevice, QAudioFormat, QAudioSink, QMediaDevices, QtAudio

from simpsons_play.sources.sound import CHANNELS

_FRAME_BYTES = 2 * CHANNELS
_BUFFER_S = 0.1
"""So much sound waits for the device: enough to outlast what keeps our thread from running, and little
enough that other speeds and streams are heard at once."""

_USUAL_RATE = 48_000


class QtSpeaker:
    """A device that takes 16-bit stereo: a `Speaker`. To be used in the thread that made it.

    Args:
        device: to be opened.

    Raises:
        OSError: it cannot be.
    """

    def __init__(self, device: QAudioDevice) -> None:
        self.rate = device.preferredFormat().sampleRate() or _USUAL_RATE
        form = QAudioFormat()
        form.setSampleRate(self.rate)
        form.setChannelCount(CHANNELS)
        form.setSampleFormat(QAudioFormat.SampleFormat.Int16)
        if not device.isFormatSupported(form):
            raise OSError("the sound device takes no 16-bit stereo")
        self._sink = QAudioSink(device, form)
        self._sink.setBufferSize(round(self.rate * _BUFFER_S) * _FRAME_BYTES)
        self._into: QIODevice | None = None

    @property
    def failed(self) -> bool:
        """Whether the device is gone."""
        errors = QtAudio.Error
        return self._sink.error() in (errors.OpenError, errors.IOError, errors.FatalError)

    def start(self) -> None:
        """Take samples, and sound; go on where it was suspended."""
        if self._into is None:
            self._into = self._sink.start()
        elif self._sink.state() == QtAudio.State.SuspendedState:
            self._sink.resume()

    def suspend(self) -> None:
        """Be silent, and hold what was written."""
        if self._into is not None:
            self._sink.suspend()

    def reset(self) -> None:
        """Be silent, and forget what was written; `heard` counts anew."""
        if self._into is not None:
            self._into = None
            self._sink.reset()

    def room(self) -> int:
        """How many samples, left and right counted once, it takes now."""
        QCoreApplication.processEvents()  # the sink hears of the device by events of this thread
        return 0 if self._into is None else self._sink.bytesFree() // _FRAME_BYTES

    def write(self, data: bytes) -> int:
        """Hand over samples; how many were taken."""
        return 0 if self._into is None else max(0, self._into.write(data)) // _FRAME_BYTES

    def heard(self) -> int:
        """How many samples have left for the ear since `start`; in steps of some milliseconds."""
        return 0 if self._into is None else self._sink.processedUSecs() * self.rate // 1_000_000

    def set_volume(self, volume: float, *, muted: bool) -> None:
        """How loud, 0-1 as it is heard."""
        scales = QtAudio.VolumeScale
        linear = QtAudio.convertVolume(volume, scales.LogarithmicVolumeScale, scales.LinearVolumeScale)
        self._sink.setVolume(0.0 if muted else linear)

    def close(self) -> None:
        """Give the device back."""
        self._into = None
        self._sink.stop()


class Speakers(QObject):
    """Opens the default device, and notices when that is another one.

    Attributes:
        changed: Signal(): there is another default device, or none any more.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._device = QMediaDevices.defaultAudioOutput()
        self._devices = QMediaDevices(self)
        self._devices.audioOutputsChanged.connect(self._on_changed)

    def open(self) -> QtSpeaker | None:
        """The default device, opened, in whatever thread; None where there is none or it cannot be opened."""
        device = self._device
        if device.isNull():
            return None
        try:
            return QtSpeaker(device)
        except OSError:
            return None

    def _on_changed(self) -> None:
        before, self._device = self._device, QMediaDevices.defaultAudioOutput()
        if self._device.id() != before.id():
            self.changed.emit()
