"""The sound device, through Qt's `QAudioSink`."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QIODevice, QObject, Signal
from PySide6.QtMultimedia import QAudioDevice, QAudioFormat, QAudioSink, QMediaDevices, QtAudio

from simpsons_play.sources.sound import CHANNELS

_FRAME_BYTES = 2 * CHANNELS
_BUFFER_S = 0.1
"""Length of the device's buffer: long enough to outlast pauses of our thread, short enough that changes of
speed or stream are heard immediately."""

_DEFAULT_RATE = 48_000


class QtSpeaker:
    """A `Speaker` on a Qt sound device. Use it only in the thread that created it.

    Args:
        device: The device to open.

    Raises:
        OSError: The device does not support 16-bit stereo.
    """

    def __init__(self, device: QAudioDevice) -> None:
        self.rate = device.preferredFormat().sampleRate() or _DEFAULT_RATE
        sample_format = QAudioFormat()
        sample_format.setSampleRate(self.rate)
        sample_format.setChannelCount(CHANNELS)
        sample_format.setSampleFormat(QAudioFormat.SampleFormat.Int16)
        if not device.isFormatSupported(sample_format):
            raise OSError("the sound device does not support 16-bit stereo")
        self._sink = QAudioSink(device, sample_format)
        self._sink.setBufferSize(round(self.rate * _BUFFER_S) * _FRAME_BYTES)
        self._buffer: QIODevice | None = None

    @property
    def failed(self) -> bool:
        """Whether the device has been lost."""
        errors = QtAudio.Error
        return self._sink.error() in (errors.OpenError, errors.IOError, errors.FatalError)

    def start(self) -> None:
        """Play what is written; resumes if suspended."""
        if self._buffer is None:
            self._buffer = self._sink.start()
        elif self._sink.state() == QtAudio.State.SuspendedState:
            self._sink.resume()

    def suspend(self) -> None:
        """Pause, keeping what has been written."""
        if self._buffer is not None:
            self._sink.suspend()

    def reset(self) -> None:
        """Stop and discard what has been written; `samples_played` starts over."""
        if self._buffer is not None:
            self._buffer = None
            self._sink.reset()

    def free_samples(self) -> int:
        """Number of samples that can be written now."""
        QCoreApplication.processEvents()  # the sink is updated by events of this thread
        return 0 if self._buffer is None else self._sink.bytesFree() // _FRAME_BYTES

    def write(self, data: bytes) -> int:
        """Write interleaved int16 samples; returns how many were accepted."""
        return 0 if self._buffer is None else max(0, self._buffer.write(data)) // _FRAME_BYTES

    def samples_played(self) -> int:
        """Number of samples played since `start`; advances in steps of a few milliseconds."""
        return 0 if self._buffer is None else self._sink.processedUSecs() * self.rate // 1_000_000

    def set_volume(self, volume: float, *, muted: bool) -> None:
        """Set the perceived loudness, 0-1."""
        scales = QtAudio.VolumeScale
        linear = QtAudio.convertVolume(volume, scales.LogarithmicVolumeScale, scales.LinearVolumeScale)
        self._sink.setVolume(0.0 if muted else linear)

    def close(self) -> None:
        """Close the device."""
        self._buffer = None
        self._sink.stop()


class DefaultSpeaker(QObject):
    """Opens the default sound device and reports when another one becomes the default.

    Attributes:
        changed: Signal(): The default device has changed or is gone.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._device = QMediaDevices.defaultAudioOutput()
        self._devices = QMediaDevices(self)
        self._devices.audioOutputsChanged.connect(self._on_outputs_changed)

    def open(self) -> QtSpeaker | None:
        """Open the default device, in any thread; None if there is none or it cannot be opened."""
        device = self._device
        if device.isNull():
            return None
        try:
            return QtSpeaker(device)
        except OSError:
            return None

    def _on_outputs_changed(self) -> None:
        before, self._device = self._device, QMediaDevices.defaultAudioOutput()
        if self._device.id() != before.id():
            self.changed.emit()
