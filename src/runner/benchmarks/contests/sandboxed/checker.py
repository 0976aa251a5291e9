# Runs a checker on one output: puts what it is told (JSON on stdin) into three files and starts it with their names.
import json
import sys
import traceback


def write_files():
    told = json.loads(sys.stdin.buffer.read())
    for name in ("input", "output", "answer"):
        with open(name, "wb") as file:
            file.write(told[name].encode("latin-1"))


def main(source):
    write_files()
    sys.argv = ["checker.py", "input", "output", "answer"]
    try:
        exec(compile(source, "checker.py", "exec"), {"__name__": "__main__", "__file__": "checker.py"})
    except SystemExit:
        raise
    except BaseException:
        # Its own mistake: python's exit code 1 would say that the output is wrong.
        traceback.print_exc()
        sys.exit(3)


