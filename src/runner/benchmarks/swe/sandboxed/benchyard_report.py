"""pytest plugin: what each test came to, as JSON lines, one written the moment it is known.

Loaded by name (PYTEST_PLUGINS) from a folder of its own, into whatever pytest the image has (3.6 or later), so it uses
old hooks only. A run that dies leaves what it had written; the last line ("end") is missing then.

Tested code runs in the same process and may want to pass without being right. So each line carries a seal over itself
and all lines before it, made with a key that is gone from the disk before any other code runs; what decides outcomes is
compared with what it was at the start; and the files whose code had a say in an outcome are told ("judges"), for the
host to hold against the files that a patch changed.

PYTEST_DONT_REWRITE: there is no assertion in it to explain, and old versions cannot rewrite for newer Pythons.
"""

import hashlib
import hmac
import json
import os
import sys
import types

import pytest

try:
    import builtins
except ImportError:
    import __builtin__ as builtins

LIMIT = 20000
INSTALLED = tuple(
    os.path.join(os.path.realpath(prefix), "") for prefix in (sys.prefix, getattr(sys, "base_prefix", sys.prefix))
)
# Who was here first could have prepared anything.
EARLY = [getattr(module, "__file__", None) for module in list(sys.modules.values())]


def _cut(text):
    text = str(text)
    return text if len(text) <= LIMIT else text[:LIMIT] + "\n... cut by %d characters" % (len(text) - LIMIT)


def _take_key(path):
    """This session's key. The next session (a command may start pytest twice) finds another one, made from it."""
    with open(path, "rb") as file:
        secret = file.read()
    following = hashlib.sha256(b"next" + secret).hexdigest().encode()
    with open(path + ".next", "wb") as file:
        file.write(following)
    os.rename(path + ".next", path)
    return hashlib.sha256(b"session" + secret).digest()


def _functions_of(owner):
    for name, value in list(vars(owner).items()):
        function = getattr(value, "__func__", value)
        if isinstance(function, types.FunctionType):
            yield owner, name, value, function, function.__code__


def _snapshot(modules):
    """Every function, method and class of these modules, as they are now."""
    found = []
    for module in modules:
        found.extend(_functions_of(module))
        for name, value in list(vars(module).items()):
            if isinstance(value, type) and str(value.__module__).partition(".")[0] in ("_pytest", "pluggy"):
                found.append((module, name, value, None, None))
                if value.__module__ == module.__name__:
                    found.extend(_functions_of(value))
    found.extend((builtins, name, getattr(builtins, name), None, None) for name in ("AssertionError", "Exception"))
    return found


def _changed(snapshot):
    """The names of what is not what it was."""
    for owner, name, value, function, code in snapshot:
        now = vars(owner).get(name)
        if now is not value or (function is not None and function.__code__ is not code):
            yield "%s.%s" % (getattr(owner, "__name__", owner), name)


# Where a test is found, called and judged, and how plugins are heard. Other parts are replaced by plugins in earnest.
JUDICIAL = (
    "_pytest._code.code",
    "_pytest.assertion",
    "_pytest.assertion.rewrite",
    "_pytest.assertion.util",
    "_pytest.main",
    "_pytest.nodes",
    "_pytest.outcomes",
    "_pytest.python",
    "_pytest.reports",
    "_pytest.runner",
    "_pytest.skipping",
    "_pytest.unittest",
    "pluggy._callers",
    "pluggy._hooks",
    "pluggy._manager",
    "pluggy.callers",
    "pluggy.hooks",
    "pluggy.manager",
)
# The few that turn a call into an outcome are compared within each test too; pytest's own tests replace many others
# while a test runs.
DECISIVE = ("_pytest.outcomes", "_pytest.reports", "_pytest.runner", "_pytest.skipping")


def _loaded(names):
    return [sys.modules[name] for name in names if sys.modules.get(name) is not None]


DECIDING_HOOKS = (
    "pytest_collection_modifyitems",
    "pytest_itemcollected",
    "pytest_deselected",
    "pytest_make_collect_report",
    "pytest_pyfunc_call",
    "pytest_runtest_call",
    "pytest_runtest_logreport",
    "pytest_runtest_makereport",
    "pytest_runtest_protocol",
    "pytest_runtestloop",
    "pytest_sessionfinish",
)


class Reporter(object):
    def __init__(self, path, key):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600)
        self.pid = os.getpid()
        self.compared = None
        self.open = {}
        self.judges = set()
        self.seen = set()
        self.tampered = set()
        self.everything = _snapshot(_loaded(JUDICIAL))
        self.decisive = _snapshot(_loaded(DECISIVE))
        self.write = self._sealer(key)
        self.config = None
        for early in EARLY:
            self.judge(early)

    def _sealer(self, key):
        last = [b""]

        def write(**record):
            # A forked child of a test inherits the plugin; only the process that pytest began in reports.
            if os.getpid() == self.pid:
                line = json.dumps(record).encode("utf-8", "backslashreplace")
                last[0] = hmac.new(key, last[0] + line, hashlib.sha256).hexdigest().encode()
                os.write(self.file, last[0] + b" " + line + b"\n")

        return write

    def judge(self, path):
        """The code in this file had a say. What is installed is the environment's, not a patch's."""
        if path in self.seen:
            return
        self.seen.add(path)
        if path and not str(path).startswith("<"):
            path = os.path.realpath(str(path))
            if not path.startswith(INSTALLED):
                self.judges.add(path)

    def compare(self, snapshot):
        self.tampered.update(_changed(snapshot))

    def pytest_sessionstart(self, session):
        self.config = session.config
        self.write(type="start", pytest=pytest.__version__, python=sys.version.split()[0], rootdir=str(getattr(session.config, "rootdir", "")))

    def pytest_collectreport(self, report):
        if report.failed:
            self.write(type="collect_error", id=report.nodeid, message=_cut(report.longrepr))
        elif report.skipped and isinstance(report.longrepr, tuple):
            self.judge(report.longrepr[0])

    def pytest_collection_finish(self, session):
        self.compare(self.everything)
        for item in session.items:
            self.judge_function(item)
        self.write(type="collected", count=len(session.items))

    def judge_function(self, item):
        """A test is what its file says; a function that was put in its place comes from elsewhere."""
        function = getattr(item, "obj", None)
        function = getattr(function, "__func__", function)
        self.judge(getattr(getattr(function, "__code__", None), "co_filename", None))

    def pytest_assertrepr_compare(self, config, op, left, right):
        if op == "==":
            self.compared = (_cut(repr(left)), _cut(repr(right)))

    def pytest_runtest_logstart(self, nodeid, location):
        self.compared = None
        self.compare(self.everything)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item, call):
        self.compare(self.decisive)
        self.judge_function(item)
        if call.excinfo is not None and call.excinfo.type.__name__ in ("Skipped", "SkipTest", "XFailed", "Exit"):
            # Not a failure because somebody said so: everyone on the way to it.
            traceback = call.excinfo.tb
            while traceback is not None:
                self.judge(traceback.tb_frame.f_code.co_filename)
                traceback = traceback.tb_next
        yield

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
        self.compare(self.everything)
        for name in DECIDING_HOOKS:
            caller = getattr(self.config.hook, name, None)
            for implementation in caller.get_hookimpls() if hasattr(caller, "get_hookimpls") else ():
                function = getattr(implementation.function, "__func__", implementation.function)
                self.judge(getattr(getattr(function, "__code__", None), "co_filename", None))
        self.write(
            type="end",
            exit=int(exitstatus),
            intact=not self.tampered,
            changed=" ".join(sorted(self.tampered)),
            judges=sorted(self.judges),
        )


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


def _without(name, separator, part):
    """Takes our part out of a variable, so that processes which tests start do not see that anybody watches."""
    parts = [other for other in os.environ.get(name, "").split(separator) if other and other != part]
    os.environ.pop(name, None)
    if parts:
        os.environ[name] = separator.join(parts)


# Taken when the plugin is loaded, which is before any conftest; processes that tests start find nothing and report
# nothing.
_folder = os.environ.pop("BENCHYARD_REPORT", None)
if _folder:
    _without("PYTEST_PLUGINS", ",", "benchyard_report")
    _without("PYTHONPATH", os.pathsep, os.path.dirname(os.path.abspath(__file__)))
_reporter = Reporter(os.path.join(_folder, "report.jsonl"), _take_key(os.path.join(_folder, "key"))) if _folder else None


def pytest_configure(config):
    # Workers of pytest-xdist load the plugin too; the controller is told of every report and is the one that writes.
    global _reporter
    if _reporter is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_reporter, "benchyard-reporter")
        _reporter = None
