"""What the scripts of the pages ask for: data as JSON, and pictures."""

from __future__ import annotations

from dataclasses import asdict

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from simpsons_play.core.assets import icon
from simpsons_play.core.escaping import one_line
from simpsons_play.web.catalogue import Catalogue, Picture
from simpsons_play.web.episode_data import LANE_STEPS, episode_data, small_lanes
from simpsons_play.web.pages import found_episode
from simpsons_play.web.progress import Progress
from simpsons_play.web.templates import COMPRESSED

_MAX_IDS = 100
"""Episodes of which lanes are sent at once."""

_FOREVER = "private, max-age=31536000, immutable"


class JsonApi:
    """Data of one library.

    Args:
        catalogue: the library.
        progress: the analysis that adds episodes meanwhile.
    """

    def __init__(self, catalogue: Catalogue, progress: Progress) -> None:
        self._catalogue, self._progress = catalogue, progress

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("/api/lanes", self.lanes, middleware=[COMPRESSED]),
            Route("/api/progress", self.progress),
            Route("/api/episodes/{episode_id}", self.episode, middleware=[COMPRESSED]),
            Route("/episodes/{episode_id}/poster.jpg", self.poster),
            Route("/episodes/{episode_id}/picture.jpg", self.moment),
            Route("/episodes/{episode_id}/pictures/{number:int}.jpg", self.picture),
        ]

    def lanes(self, request: Request) -> Response:
        """Small lanes of the episodes that `ids` names, with commas."""
        ids = request.query_params.get("ids", "").split(",")[:_MAX_IDS]
        episodes = [episode for one in ids if (episode := self._catalogue.episode(one)) is not None]
        return JSONResponse({"steps": LANE_STEPS, "lanes": small_lanes(self._catalogue, episodes)})

    def progress(self, request: Request) -> Response:
        """How far the analysis is."""
        state = self._progress.state()
        self._catalogue.refresh()
        problems = [one_line(problem) for problem in state.problems]
        return JSONResponse(
            {**asdict(state), "problems": problems, "episodes": len(self._catalogue.episodes())}
        )

    def episode(self, request: Request) -> Response:
        """Everything that the page of an episode draws."""
        return JSONResponse(episode_data(self._catalogue, found_episode(self._catalogue, request)))

    def poster(self, request: Request) -> Response:
        """A picture that stands for an episode: the main character in its longest appearance."""
        episode = found_episode(self._catalogue, request)
        pictures = {picture.appearance: picture for picture in self._catalogue.pictures(episode)}
        main = [person.label for person in episode.people[:1]]
        with self._catalogue.cursor() as cursor:
            rows = cursor.execute(
                "SELECT appearance FROM appearances WHERE episode_id = ? "
                "ORDER BY list_contains(?, label) DESC, end_s - start_s DESC, start_s",
                [episode.episode_id, main],
            ).fetchall()
        found = next((pictures[row[0]] for row in rows if row[0] in pictures), None)
        return _picture(found, request)

    def picture(self, request: Request) -> Response:
        """The picture of one appearance."""
        episode, number = found_episode(self._catalogue, request), request.path_params["number"]
        found = (picture for picture in self._catalogue.pictures(episode) if picture.appearance == number)
        return _picture(next(found, None), request)

    def moment(self, request: Request) -> Response:
        """The picture nearest to the time from `at` to `until`, if possible of a character in `who`."""
        episode = found_episode(self._catalogue, request)
        start_s, end_s = _number(request, "at"), _number(request, "until")
        labels = request.query_params.getlist("who")

        def distance(picture: Picture) -> tuple[bool, float, float]:
            away_s = max(start_s - picture.time_s, picture.time_s - end_s, 0.0)
            return picture.label not in labels, away_s, picture.time_s

        return _picture(min(self._catalogue.pictures(episode), key=distance, default=None), request)


def _number(request: Request, name: str) -> float:
    try:
        return float(request.query_params.get(name, "0"))
    except ValueError:
        raise HTTPException(400, f"Give {name} as a number of seconds.") from None


def _picture(picture: Picture | None, request: Request) -> Response:
    """A picture; a drawing where there is none."""
    headers = {"Cache-Control": _FOREVER if "v" in request.query_params else "no-cache, private"}
    if picture is None:
        return FileResponse(
            icon(), media_type="image/svg+xml", headers={"Cache-Control": "no-cache, private"}
        )
    return Response(picture.jpeg, media_type="image/jpeg", headers=headers)
