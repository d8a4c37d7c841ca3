"""A command that stands in the place of tcvc, and takes no time."""

from __future__ import annotations

# In the place of tcvc: it does what its first word says.
COMMAND = """
import json, os, pathlib, signal, sys, time

def say(name, **fields):
    print(json.dumps({"event": name, **fields}), flush=True)

match sys.argv[1]:
    case "works":
        say("ShotsFound", shots=[])
        for number in range(200):
            say("FramesDone", stage="colorize", frames=number)
        print("no event", flush=True)
        print("[1, 2]", flush=True)
        say("FramesDone", stage="colorize", frames=200)
        say("Finished", words=sys.argv[1:])
    case "fails":
        print("a warning", file=sys.stderr)
        print("tcvc: error: no room left.", file=sys.stderr)
        print(file=sys.stderr)
        sys.exit(4)
    case "dies":
        sys.exit(9)
    case "ignores":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        say("ShotsFound", shots=[])
        while True:
            time.sleep(1)
    case "counts":
        signal.signal(signal.SIGINT, lambda *_: say("Heard"))
        say("ShotsFound", shots=[])
        while not pathlib.Path("end").exists():
            time.sleep(0.01)
        say("Tidied")
        sys.exit(130)
    case "waits":
        try:
            say("ShotsFound", process=os.getpid())
            while True:
                time.sleep(1)
        except KeyboardInterrupt:
            say("Tidied")
            pathlib.Path("tidied").touch()
            print("tcvc: error: Stopped.", file=sys.stderr, flush=True)
            sys.exit(130)
"""
