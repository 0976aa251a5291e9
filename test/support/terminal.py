"""A program in a pseudoterminal: terminal.py COLUMNS ROWS PROGRAM ARGUMENT...

What it prints comes out of stdout as it is. Lines of stdin are JSON: {"type": TEXT} types; {"stop": true} stops the
program, and {"columns": C, "rows": R} makes the terminal another size and lets it go on. Descriptor 3 is told the
program's process id, and at each stop how many bytes came out until then. The exit status is the program's; 128 + n
where signal n ended it.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def put(output):
    left = output
    while left:
        left = left[os.write(1, left) :]
    return len(output)


def main():
    columns, rows = int(sys.argv[1]), int(sys.argv[2])
    begin, let_begin = os.pipe()
    child, terminal = pty.fork()
    if child == 0:
        # It asks for the size at its start, so that has to be set.
        os.read(begin, 1)
        os.execvp(sys.argv[3], sys.argv[3:])
    resize(terminal, columns, rows)
    os.write(3, b"%d\n" % child)
    os.write(let_begin, b"x")
    sent = 0
    sources, pending = [terminal, 0], b""
    while True:
        ready, _, _ = select.select(sources, [], [])
        if terminal in ready:
            try:
                output = os.read(terminal, 65536)
            except OSError:  # how a pseudoterminal says that its program is gone
                output = b""
            if not output:
                break
            sent += put(output)
        if 0 in ready:
            told = os.read(0, 65536)
            if not told:
                sources = [terminal]
            *lines, pending = (pending + told).split(b"\n")
            for line in lines:
                asked = json.loads(line)
                if "type" in asked:
                    os.write(terminal, asked["type"].encode())
                elif "stop" in asked:
                    os.kill(child, signal.SIGSTOP)
                    os.waitpid(child, os.WUNTRACED)
                    # What it printed last may still be on its way through the kernel.
                    while select.select([terminal], [], [], 0.3)[0]:
                        sent += put(os.read(terminal, 65536))
                    os.write(3, b"%d\n" % sent)
                else:
                    resize(terminal, asked["columns"], asked["rows"])
                    os.kill(child, signal.SIGCONT)
    _, status = os.waitpid(child, 0)
    sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


main()
