"""The pages: episodes, one episode, search and statistics."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from simpsons_play.core.errors import LibraryError
from simpsons_play.core.names import counted
from simpsons_play.library.moments import Moment
from simpsons_play.web.catalogue import Catalogue, Episode
from simpsons_play.web.network import meeting_matrix, meeting_network
from simpsons_play.web.progress import Progress
from simpsons_play.web.questions import Answers, Question, page_number
from simpsons_play.web.templates import COMPRESSED, page, render

_MOMENTS = 60
"""Moments on one page of results."""

_MATRIX = 24
"""Characters in the matrix; those with the most time on screen."""


class Pages:
    """The pages of one library.

    Args:
        catalogue: the library.
        name: what it is called on the pages.
        progress: the analysis that adds episodes meanwhile.
    """

    def __init__(self, catalogue: Catalogue, name: str, progress: Progress) -> None:
        self._catalogue, self._name, self._progress = catalogue, name, progress
        self._answers = Answers(catalogue)
        self._cards = lru_cache(maxsize=1)(self._render_cards)

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("/", self.library, middleware=[COMPRESSED]),
            Route("/grid", self.grid, middleware=[COMPRESSED]),
            Route("/find", self.find, middleware=[COMPRESSED]),
            Route("/statistics", self.statistics, middleware=[COMPRESSED]),
            Route("/episodes/{episode_id}", self.episode),
        ]

    def library(self, request: Request) -> Response:
        """All episodes."""
        return self._page(
            "library",
            seasons=self._seasons(),
            cards=self._cards(self._catalogue.version),
            episodes=len(self._catalogue.episodes()),
            seconds=sum(episode.duration_s for episode in self._catalogue.episodes()),
            people=self._catalogue.people(),
            question=Question(),
            progress=self._progress.state(),
            name=self._name,
        )

    def grid(self, request: Request) -> Response:
        """Only the cards, to replace them when episodes were added."""
        return HTMLResponse(self._cards(self._catalogue.version).encode("utf-8", "replace"))

    def episode(self, request: Request) -> Response:
        """One episode."""
        episode = found_episode(self._catalogue, request)
        episodes = list(self._catalogue.episodes())
        place = next((i for i, one in enumerate(episodes) if one.episode_id == episode.episode_id), 0)
        return self._page(
            "episode",
            episode=episode,
            before=episodes[place - 1] if place else None,
            after=episodes[place + 1] if place + 1 < len(episodes) else None,
        )

    def find(self, request: Request) -> Response:
        """Moments with some characters."""
        question = Question.of(request.query_params)
        people, moments, error = self._catalogue.people(), tuple[Moment, ...](), ""
        number = 1
        try:
            if request.query_params:
                moments = tuple(self._answers.moments(question.search(sorted(self._labels()))))
            number = page_number(request.query_params.get("page", ""))
        except ValueError as problem:
            error = str(problem)
            error = error[:1].upper() + error[1:].removesuffix(".") + "."
        last = max(1, -(-len(moments) // _MOMENTS))
        if number > last:
            number = last
        return self._page(
            "find",
            status_code=400 if error else 200,
            question=question,
            asked=bool(request.query_params) and not error,
            error=error,
            people=people,
            person=self._catalogue.person,
            version=self._version_of,
            moments=moments[_MOMENTS * (number - 1) : _MOMENTS * number],
            count=len(moments),
            videos=len({moment.episode_id for moment in moments}),
            seconds=sum(moment.seconds for moment in moments),
            number=number,
            last=last,
            page_query=lambda to: urlencode({**dict(request.query_params), "page": to}, errors="replace"),
        )

    def statistics(self, request: Request) -> Response:
        """Screen time by character and season, and who meets whom."""
        chosen = request.query_params.get("season", "")
        error = ""
        found = None
        try:
            found = self._answers.statistics(chosen)
        except ValueError as problem:
            error = str(problem)
        except LibraryError as problem:
            error = f"{problem}."[0].upper() + f"{problem}."[1:] if self._catalogue.episodes() else ""
        seasons = sorted(
            {episode.season for episode in self._catalogue.episodes() if episode.season is not None}
        )
        person = self._catalogue.person
        return self._page(
            "statistics",
            status_code=400 if error else 200,
            found=found,
            error=error,
            chosen=chosen,
            seasons=seasons,
            person=person,
            counted_seasons=list(found.by_season) if found else [],
            largest=max((max(times.values()) for times in found.by_season.values()), default=0.0)
            if found
            else 0.0,
            matrix=meeting_matrix(found, _MATRIX) if found else None,
            network=meeting_network(found, person) if found else None,
        )

    def _render_cards(self, version: str) -> Any:
        return render("grid", seasons=self._seasons())

    def _labels(self) -> set[str]:
        with self._catalogue.cursor() as cursor:
            return {
                row[0] for row in cursor.execute("SELECT DISTINCT unnest(labels) FROM episodes").fetchall()
            }

    def _version_of(self, episode_id: str) -> str:
        episode = self._catalogue.episode(episode_id)
        return "" if episode is None else episode.version

    def _seasons(self) -> Sequence[tuple[str, str, list[Episode]]]:
        """Title, anchor and episodes of each season."""
        found = []
        for season, episodes in groupby(self._catalogue.episodes(), key=lambda episode: episode.season):
            title = "Other videos" if season is None else f"Season {season}"
            found.append((title, "other" if season is None else f"season-{season}", list(episodes)))
        if len(found) == 1 and found[0][1] == "other":
            found = [(counted(len(found[0][2]), "video"), "other", found[0][2])]
        return found

    def _page(self, template: str, /, *, status_code: int = 200, **values: Any) -> Response:
        return page(template, status_code=status_code, has_menu=True, **values)


def found_episode(catalogue: Catalogue, request: Request) -> Episode:
    """The episode that an address names.

    Raises:
        HTTPException: the library has none with this ID.
    """
    episode = catalogue.episode(request.path_params["episode_id"])
    if episode is None:
        raise HTTPException(404, "The library contains no such episode.")
    return episode
