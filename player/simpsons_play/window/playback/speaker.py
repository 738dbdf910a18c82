"""The interface of a sound device. Does not depend on Qt."""

from __future__ import annotations

from typing import Protocol


class Speaker(Protocol):
    """A sound device that takes 16-bit stereo, such as `QtSpeaker`.

    Samples are counted once for both channels.

    Attributes:
        rate: Samples per second.
    """

    rate: int

    @property
    def failed(self) -> bool:
        """Whether the device has been lost."""
        ...

    def start(self) -> None:
        """Play what is written; resumes if suspended."""
        ...

    def suspend(self) -> None:
        """Pause, keeping what has been written."""
        ...

    def reset(self) -> None:
        """Stop and discard what has been written; `samples_played` starts over."""
        ...

    def free_samples(self) -> int:
        """Number of samples that can be written now."""
        ...

    def write(self, data: bytes) -> int:
        """Write interleaved int16 samples; returns how many were accepted."""
        ...

    def samples_played(self) -> int:
        """Number of samples played since `start`."""
        ...

    def set_volume(self, volume: float, *, muted: bool) -> None:
        """Set the perceived loudness, 0-1."""
        ...

    def close(self) -> None:
        """Close the device."""
        ...
