"""Goes through episodes and puts aside what the models propose."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from simpsons_play.core.errors import SourceError
from simpsons_training.duplicates import fingerprint
from simpsons_training.labelling.config import ProposeConfig
from simpsons_training.labelling.frame_choice import ChosenFrame, named_episodes
from simpsons_training.labelling.frame_log import FrameLog, Moment
from simpsons_training.labelling.frame_sweep import new_moments, sweep
from simpsons_training.labelling.picture_folder import SavedPicture
from simpsons_training.labelling.proposal_folder import ProposalFolder, thumbnails_of
from simpsons_training.labelling.proposals import Proposer
from simpsons_training.labelling.strategies import Candidate, Known, choose

_MAX_THUMBNAILS = 1000
"""Of how many pictures of the data set `new-scenes` reads the files: a second for a hundred."""


@dataclass(eq=False)
class ProposeSummary:
    """What a run has done, also if it was interrupted.

    Attributes:
        frames: number of frames that were looked at.
        characters: number of proposals that were kept, of each character.
        left_out: number of proposals beyond `ProposeConfig.count`; their frames are looked at again.
        problems: number of episodes that could not be read, or not completely.
    """

    frames: int = 0
    characters: Counter[str] = field(default_factory=Counter)
    left_out: int = 0
    problems: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    saved: SavedPicture
    moment: Moment
    candidate: Candidate


class Proposing:
    """One run over episodes. Every proposal is on disk before the next frame is read.

    Args:
        folder: where to put them.
        proposer: the models.
        config: what is proposed.
        warn: called with one line for each episode that cannot be read, or not completely.

    Attributes:
        summary: what has been done so far.
    """

    def __init__(
        self,
        folder: ProposalFolder,
        proposer: Proposer,
        *,
        config: ProposeConfig,
        warn: Callable[[str], object],
    ) -> None:
        self._folder, self._proposer, self._config, self._warn = folder, proposer, config, warn
        self._log: FrameLog = folder.log
        self._kept: list[_Kept] = []
        self._known = Known(folder.counts())
        if config.strategy == "new-scenes" and config.count is not None:
            rows = [*folder.pictures.rows(), *folder.proposed.rows()]
            looks = thumbnails_of(rows, limit=_MAX_THUMBNAILS)
            self._known = Known(self._known.counts, [one.thumbnail for one in looks])
        folder.read_known()
        self.summary = ProposeSummary()

    def plan(self, episodes: Sequence[str | os.PathLike[str]]) -> list[tuple[str, list[Moment]]]:
        """The moments of each episode that were not looked at yet; episodes that cannot be opened are told.

        Raises:
            SourceError: the only episode cannot be opened.
            DataError: the table of frames cannot be read.
            SinkError: the folder cannot be written to.
        """
        planned = []
        named = named_episodes(episodes)
        for name, path in named.items():
            try:
                moments = new_moments(name, path, log=self._log, config=self._config.choice)
                planned.append((path, moments))
            except SourceError as error:
                if len(named) == 1:
                    raise
                self._tell(str(error))
        return planned

    def run(
        self, planned: Sequence[tuple[str, list[Moment]]], *, on_progress: Callable[[int], object]
    ) -> None:
        """Look at the frames; afterwards, or after Ctrl-C, keep what the strategy prefers.

        Args:
            planned: see `plan`.
            on_progress: called with the number of moments done.

        Raises:
            DataError: a table cannot be read.
            SinkError: the folder cannot be written to.
        """
        try:
            before = 0
            for episode, moments in planned:
                self._run_episode(episode, moments, on_progress=on_progress, before=before)
                before += len(moments)
                on_progress(before)
        finally:
            self._prune()

    def _run_episode(
        self, episode: str, moments: list[Moment], *, on_progress: Callable[[int], object], before: int
    ) -> None:
        done, warnings = before, list[str]()

        def moment_done() -> None:
            nonlocal done
            done += 1
            on_progress(done)

        try:
            frames = sweep(episode, moments, self._log, warn=warnings.append, on_moment=moment_done)
            for frame in frames:
                self._look(frame)
        except SourceError as error:
            warnings.append(str(error))
        if warnings:
            self._tell(warnings[0])

    def _look(self, frame: ChosenFrame) -> None:
        try:
            for proposal in self._proposer.proposals(frame.image):
                saved = self._folder.add(frame, proposal)
                if saved is None:
                    continue
                box = proposal.box
                looks = fingerprint(frame.image[box.y_min : box.y_max, box.x_min : box.x_max])
                candidate = Candidate(saved.character, proposal.probability, proposal.doubt, looks.thumbnail)
                self._kept.append(_Kept(saved, frame.moment, candidate))
                self.summary.characters[saved.character] += 1
        except BaseException:  # look at it again the next time; what is saved of it is not saved twice
            self._log.release(frame.moment)
            raise
        self.summary.frames += 1

    def _prune(self) -> None:
        """Remove the proposals that are too many; their frames may be looked at again."""
        if self._config.count is None or len(self._kept) <= self._config.count:
            return
        candidates = [kept.candidate for kept in self._kept]
        chosen = set(choose(self._config.strategy, candidates, self._known, count=self._config.count))
        left_out = [kept for index, kept in enumerate(self._kept) if index not in chosen]
        self._folder.proposed.remove(*(kept.saved for kept in left_out))
        self._log.release(*(kept.moment for kept in left_out))
        self.summary.left_out = len(left_out)
        self.summary.characters -= Counter(kept.saved.character for kept in left_out)

    def _tell(self, line: str) -> None:
        self.summary.problems += 1
        self._warn(line)
