"""Client of `benchyard serve`: one file, the standard library only, Python 3.9 and newer.

    from sdk import Client

    client = Client()
    run_id = client.run(agent_id="dummy", competition_set=["demo-tabular"])
    client.wait_for_completion(run_id)
    print(client.get_run_summary(run_id)["grading_report"])

Answers are the JSON objects that the server's `GET /openapi.json` describes, as dictionaries.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
import sys
import time
import urllib.parse
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

__all__ = ["ApiError", "Client", "Event"]

# A server that sends nothing for so long, not even that it is alive, is not there any more.
SILENCE_S = 60.0
# Where events cannot be followed, the run is asked for so often.
POLL_S = 5.0
# Between one stream of events and the next.
BREATH_S = 0.25
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 5.0
# A token that stays wrong is wrong; while a server starts anew, its old one is for a moment.
MOST_REFUSALS = 10

OPEN_STATUSES = ("queued", "running")

JsonObject = Dict[str, Any]


class ApiError(Exception):
    """Why a server could not do what it was asked, or could not be asked. The message says what to do.

    `status` is the HTTP status (None: there was no answer), `code` is what programs match on.
    """

    def __init__(self, message: str, status: Optional[int], code: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    @property
    def is_passing(self) -> bool:
        """Asking again later may succeed: the server is busy, or being started anew."""
        return self.status is None or self.status in (401, 502, 503, 504)


class Event(NamedTuple):
    """An event of a run with its place, from which `events` can go on."""

    id: str
    event: JsonObject


class Client:
    """A client of a Benchyard server. Every call looks up the server anew, so a client outlives servers.

    Without `url` and `token`: BENCHYARD_URL and BENCHYARD_TOKEN, else what the server on this machine tells of itself in
    `token_file` (BENCHYARD_TOKEN_FILE, else a file in the user's state folder).
    """

    def __init__(
        self,
        url: Optional[str] = None,
        token: Optional[str] = None,
        *,
        token_file: Union[str, "os.PathLike[str]", None] = None,
    ) -> None:
        self._url = url
        self._token = token
        self._token_file = token_file

    def run(
        self,
        agent_id: Optional[str] = None,
        competition_set: Union[str, Sequence[str], None] = None,
        lite: Optional[bool] = None,
        technique_tasks: Optional[bool] = None,
        tasks: Optional[Sequence[str]] = None,
        *,
        competitions: Optional[bool] = None,
        n_seeds: Optional[int] = None,
        n_workers: Optional[int] = None,
        config: Optional[JsonObject] = None,
    ) -> str:
        """Puts a run into the server's queue and returns its id.

        `competition_set`: ids, the name of a list, or a file with an id a line; `lite`: only those of the lite list;
        `technique_tasks`: technique tasks as well, all six unless `tasks` names some; `competitions=False`: these alone;
        `n_seeds`: trials a task; `n_workers`: trials at a time; `config`: anything else that a run can be told, such as
        `{"tasks": ["seed_tasks.jsonl"]}` for other benchmarks.
        """
        request = {
            "agent_id": agent_id,
            "competition_set": _plain(competition_set),
            "lite": lite,
            "technique_tasks": technique_tasks,
            "tasks": _plain(tasks),
            "competitions": competitions,
            "n_seeds": n_seeds,
            "n_workers": n_workers,
            "config": config,
        }
        given = {key: value for key, value in request.items() if value is not None}
        return self._json("POST", "/runs", given)["run_id"]

    def wait_for_completion(
        self,
        run_id: str,
        timeout: Optional[float] = None,
        on_event: Optional[Callable[[Event], None]] = None,
    ) -> JsonObject:
        """Waits until a run has ended and returns it; what became of it is its `status`.

        Without `timeout` (seconds) it waits as long as it takes, however often the server is started anew; with one, it
        raises TimeoutError. `on_event` is told every event, the past ones first.
        """
        deadline = _Deadline(timeout)
        patience = _Patience(deadline)
        self.get_run(run_id)
        if on_event is not None:
            _tell(self._events(run_id, None, deadline), on_event)
        while True:
            run = patience.get(lambda: self.get_run(run_id))
            if run["status"] not in OPEN_STATUSES:
                return run
            told = _tell(self._stream(run_id, None, deadline), lambda event: None)
            deadline.sleep(BREATH_S if told else POLL_S)

    def events(self, run_id: str, after: Optional[str] = None) -> Iterator[Event]:
        """Events of a run, the past ones first, until it has ended; after a restart of the server maybe a second time."""
        self.get_run(run_id)
        return self._events(run_id, after, _Deadline(None))

    def _events(
        self, run_id: str, after: Optional[str], deadline: "_Deadline"
    ) -> Iterator[Event]:
        patience = _Patience(deadline)
        while True:
            status = patience.get(lambda: self.get_run(run_id))["status"]
            last: Optional[Event] = None
            try:
                for event in self._stream(run_id, after, deadline):
                    after = event.id
                    last = event
                    yield event
            except ApiError as error:
                patience.after(error)
                continue
            # A stream that broke off has its rest in the next one; a run that was stopped with its server goes on.
            whole = status not in OPEN_STATUSES if last is None else last.event["type"] == "run.ended"
            if whole and patience.get(lambda: self.get_run(run_id))["status"] not in OPEN_STATUSES:
                return
            deadline.sleep(BREATH_S)

    def get_run(self, run_id: str) -> JsonObject:
        """How far a run is: `status` is queued, running, completed, failed or cancelled."""
        return self._json("GET", _run_path(run_id))

    def get_run_summary(self, run_id: str) -> JsonObject:
        """What a run has come to so far: `grading_report`, `technique_grades`, `trials`, `totals`."""
        return self._json("GET", _run_path(run_id) + "/summary")

    def get_run_artifacts(self, run_id: str) -> JsonObject:
        """The files of a run."""
        return self._json("GET", _run_path(run_id) + "/artifacts")

    def get_file(self, path: str) -> bytes:
        """The content of a file, by its path below the folder of the runs."""
        encoded = "/".join(urllib.parse.quote(part, safe="") for part in path.split("/"))
        connection, response = self._ask("GET", "/files/" + encoded)
        try:
            return response.read()
        finally:
            connection.close()

    def cancel(self, run_id: str) -> str:
        """Takes a run out of the queue, or stops it. Returns its status then: one that is being stopped still runs."""
        return self._json("POST", _run_path(run_id) + "/cancel")["status"]

    def list_runs(self) -> List[JsonObject]:
        """All runs of the server's folder, the newest first."""
        runs: List[JsonObject] = []
        before = ""
        while True:
            page = self._json("GET", "/runs?limit=1000" + before)
            runs += page["runs"]
            if page["next"] is None:
                return runs
            before = "&before=" + urllib.parse.quote(page["next"], safe="")

    def list_competitions(self) -> List[JsonObject]:
        """The competitions that are known to the server."""
        return self._json("GET", "/competitions")["competitions"]

    def list_technique_tasks(self) -> List[JsonObject]:
        """The technique tasks."""
        return self._json("GET", "/technique-tasks")["technique_tasks"]

    def health(self) -> JsonObject:
        """Whether the server is there, and which version it is of. Asks for no token."""
        return self._json("GET", "/health")

    def _json(self, method: str, path: str, body: Optional[JsonObject] = None) -> JsonObject:
        connection, response = self._ask(method, path, body)
        try:
            return json.loads(response.read())
        except (OSError, http.client.HTTPException) as error:
            raise _no_answer(error) from error
        finally:
            connection.close()

    def _stream(
        self, run_id: str, after: Optional[str], deadline: "_Deadline"
    ) -> Iterator[Event]:
        """One connection's events."""
        headers = {} if after is None else {"Last-Event-ID": after}
        path = _run_path(run_id) + "/events"
        # A read that takes longer than the caller waits is broken off.
        timeout = deadline.within(SILENCE_S)
        connection, response = self._ask("GET", path, headers=headers, timeout=timeout)
        try:
            for fields in _server_events(response, deadline):
                if "data" in fields:
                    yield Event(fields.get("id", ""), json.loads(fields["data"]))
        except (OSError, http.client.HTTPException) as error:
            raise _no_answer(error) from error
        finally:
            connection.close()

    def _ask(
        self,
        method: str,
        path: str,
        body: Optional[JsonObject] = None,
        headers: Optional[Dict[str, str]] = None,
        timeout: float = SILENCE_S,
    ) -> Tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        url, token = _find_server(self._url, self._token, self._token_file)
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = "Bearer " + token
        if body is not None:
            sent["Content-Type"] = "application/json"
        parts = urllib.parse.urlsplit(url)
        connection = _connection(parts, timeout)
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, parts.path + path, payload, sent)
            response = connection.getresponse()
            if response.status < 300:
                return connection, response
            problem = _problem(response)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise _no_answer(error) from error
        connection.close()
        raise problem


class _Deadline:
    """When a caller has waited enough; never, without a limit."""

    def __init__(self, timeout: Optional[float]) -> None:
        self._end = None if timeout is None else time.monotonic() + timeout

    def check(self) -> None:
        if self._end is not None and time.monotonic() >= self._end:
            raise TimeoutError("The run has not ended in time; it goes on.")

    def within(self, seconds: float) -> float:
        """The seconds, or what is left where that is less."""
        self.check()
        return seconds if self._end is None else min(seconds, max(0.01, self._end - time.monotonic()))

    def sleep(self, seconds: float) -> None:
        time.sleep(self.within(seconds))
        self.check()


class _Patience:
    """Asks again, less and less often, as long as what went wrong may pass."""

    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline
        self._pause = FIRST_PAUSE_S
        self._refusals = 0

    def get(self, ask: Callable[[], JsonObject]) -> JsonObject:
        while True:
            try:
                answer = ask()
            except ApiError as error:
                self.after(error)
            else:
                self._pause = FIRST_PAUSE_S
                self._refusals = 0
                return answer

    def after(self, error: ApiError) -> None:
        """Waits a while after a failure; raises the failure when it does not pass by itself."""
        self._refusals = self._refusals + 1 if error.status == 401 else 0
        if not error.is_passing or self._refusals > MOST_REFUSALS:
            raise error
        self._deadline.sleep(self._pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE_S)


def _tell(events: Iterator[Event], on_event: Callable[[Event], None]) -> bool:
    """Whether the events came to their end; where they cannot be followed, the run is asked for instead."""
    try:
        for event in events:
            on_event(event)
    except ApiError:
        return False
    return True


def _server_events(
    response: http.client.HTTPResponse, deadline: _Deadline
) -> Iterator[Dict[str, str]]:
    """The messages of a stream of server-sent events. The server's heartbeat lets the deadline be looked at."""
    fields: Dict[str, str] = {}
    while True:
        deadline.check()
        line = response.readline()
        if line == b"":
            return
        text = line.decode("utf-8").rstrip("\r\n")
        if text == "":
            if fields:
                yield fields
            fields = {}
            continue
        name, _, value = text.partition(":")
        if name != "":
            value = value[1:] if value.startswith(" ") else value
            fields[name] = fields[name] + "\n" + value if name in fields else value


def _connection(parts: urllib.parse.SplitResult, timeout: float) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=context)
    return http.client.HTTPConnection(host, parts.port, timeout=timeout)


def _find_server(
    url: Optional[str], token: Optional[str], token_file: Union[str, "os.PathLike[str]", None]
) -> Tuple[str, Optional[str]]:
    url = url or os.environ.get("BENCHYARD_URL") or None
    token = token or os.environ.get("BENCHYARD_TOKEN") or None
    if url is not None and token is not None:
        return url.rstrip("/"), token
    told = _read_server_file(Path(token_file) if token_file else _server_file())
    if url is None and told is None:
        raise ApiError(
            "No server has told of itself on this machine. Start one with `benchyard serve`, or name its address.",
            None,
            "no-server",
        )
    told_url = "" if told is None else str(told["url"]).rstrip("/")
    found = (url or told_url).rstrip("/")
    # A token is for the server that told it, and for no other.
    if token is None and told is not None and told_url == found:
        token = told.get("token")
    return found, token


def _server_file() -> Path:
    named = os.environ.get("BENCHYARD_TOKEN_FILE")
    if named:
        return Path(named)
    home = Path.home()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        folder = Path(local) if local else home / "AppData" / "Local"
    elif sys.platform == "darwin":
        folder = home / "Library" / "Application Support"
    else:
        state = os.environ.get("XDG_STATE_HOME")
        folder = Path(state) if state else home / ".local" / "state"
    return folder / "benchyard" / "server.json"


def _read_server_file(file: Path) -> Optional[JsonObject]:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and isinstance(told.get("url"), str) else None


def _problem(response: http.client.HTTPResponse) -> ApiError:
    text = response.read().decode("utf-8", "replace")
    try:
        problem = json.loads(text)
        return ApiError(problem["detail"], response.status, problem["code"])
    except (ValueError, KeyError, TypeError):
        return ApiError(text or "HTTP %d" % response.status, response.status, "http")


def _no_answer(error: Exception) -> ApiError:
    return ApiError("The server does not answer: %s" % error, None, "no-answer")


def _run_path(run_id: str) -> str:
    return "/runs/" + urllib.parse.quote(run_id, safe="")


def _plain(values: Union[str, Sequence[str], None]) -> Union[str, List[str], None]:
    return values if values is None or isinstance(values, str) else list(values)
