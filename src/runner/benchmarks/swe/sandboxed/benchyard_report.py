"""pytest plugin: what each test came to, as JSON lines, one written the moment it is known.

Loaded by name (PYTEST_PLUGINS) from a folder of its own, into whatever pytest the image has (3.6 or later), so it uses
old hooks only. A run that dies leaves what it had written; the last line ("end") is missing then.
"""

import json
import os
import sys

import pytest

LIMIT = 20000


def _cut(text):
    text = str(text)
    return text if len(text) <= LIMIT else text[:LIMIT] + "\n... cut by %d characters" % (len(text) - LIMIT)


def _fingerprint():
    """Code of the functions that decide outcomes. Tested code runs in this process and could replace them."""
    import _pytest.reports
    import _pytest.runner

    watched = [
        (_pytest.runner, "runtestprotocol"),
        (_pytest.runner, "call_and_report"),
        (_pytest.runner, "pytest_runtest_makereport"),
        (_pytest.runner, "pytest_runtest_call"),
        (_pytest.reports.TestReport, "__init__"),
        (_pytest.reports.TestReport, "from_item_and_call"),
        (Reporter, "pytest_runtest_logreport"),
        (Reporter, "write"),
    ]
    found = []
    for owner, name in watched:
        function = getattr(owner, name, None)
        function = getattr(function, "__func__", function)
        found.append((name, id(function), id(getattr(function, "__code__", None))))
    return found


class Reporter(object):
    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600)
        self.pid = os.getpid()
        self.compared = None
        self.open = {}
        self.fingerprint = None

    def write(self, **record):
        # A forked child of a test inherits the plugin; only the process that pytest began in reports.
        if os.getpid() == self.pid:
            os.write(self.file, (json.dumps(record) + "\n").encode("utf-8", "backslashreplace"))

    def pytest_sessionstart(self, session):
        self.fingerprint = _fingerprint()
        self.write(type="start", pytest=pytest.__version__, python=sys.version.split()[0], rootdir=str(session.config.rootdir))

    def pytest_collectreport(self, report):
        if report.failed:
            self.write(type="collect_error", id=report.nodeid, message=_cut(report.longrepr))

    def pytest_collection_finish(self, session):
        self.write(type="collected", count=len(session.items))

    def pytest_assertrepr_compare(self, config, op, left, right):
        if op == "==":
            self.compared = (_cut(repr(left)), _cut(repr(right)))

    def pytest_runtest_logstart(self, nodeid, location):
        self.compared = None

    def pytest_runtest_logreport(self, report):
        """A test has three phases; it is told when the last one is over, with the worst that happened."""
        state = self.open.setdefault(
            report.nodeid, {"outcome": None, "duration": 0.0, "message": None, "compared": None}
        )
        state["duration"] += getattr(report, "duration", 0.0)
        outcome = _outcome(report)
        if outcome is not None and state["outcome"] not in ("failed", "error"):
            state["outcome"] = outcome
            if outcome in ("failed", "error", "skipped", "xfailed"):
                state["message"] = _message(report)
            if outcome == "failed":
                state["compared"] = self.compared
        if report.when == "teardown":
            self._finish(report, self.open.pop(report.nodeid))

    def _finish(self, report, state):
        path, line = _where(report)
        record = {
            "type": "test",
            "id": report.nodeid,
            "outcome": state["outcome"] or "passed",
            "duration": round(state["duration"], 6),
            "file": path,
            "line": line,
        }
        if state["message"]:
            record["message"] = _cut(state["message"])
        if state["compared"]:
            record["actual"], record["expected"] = state["compared"]
        self.write(**record)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session, exitstatus):
        for nodeid in sorted(self.open):
            self.write(type="test", id=nodeid, outcome="error", duration=0.0, message="the test did not end")
        self.write(type="end", exit=int(exitstatus), intact=self.fingerprint == _fingerprint())


def _outcome(report):
    """The word for one phase, or None for a phase (set-up, tear-down) that says nothing about the test."""
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed" if report.passed else "failed"
    if report.failed:
        return "failed" if report.when == "call" else "error"
    if report.skipped:
        return "skipped"
    return "passed" if report.when == "call" else None


def _message(report):
    longrepr = report.longrepr
    if isinstance(longrepr, tuple) and len(longrepr) == 3:
        return longrepr[2]
    return getattr(report, "longreprtext", None) or str(longrepr or getattr(report, "wasxfail", ""))


def _where(report):
    """File and line (from 1) of the failure inside the test's own file, else of the test."""
    path, line, _ = getattr(report, "location", (None, None, None))
    line = line + 1 if line is not None else None
    entries = getattr(getattr(report.longrepr, "reprtraceback", None), "reprentries", [])
    for entry in entries:
        place = getattr(entry, "reprfileloc", None)
        if place is not None and path is not None and str(place.path).endswith(os.path.basename(path)):
            line = place.lineno
    return path, line


def pytest_configure(config):
    # Workers of pytest-xdist load the plugin too; the controller is told of every report and is the one that writes.
    path = os.environ.get("BENCHYARD_REPORT")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reporter(path), "benchyard-reporter")
