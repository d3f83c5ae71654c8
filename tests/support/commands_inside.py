"""Runs many `relist` commands in one container, each in a fork, since starting Python takes seconds there.

A script for `python - COMMANDS`, which are `[[arguments, standard input], ...]` as JSON. Writes exit code, standard
output and standard error of each as JSON.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import sys
import tempfile

ROOMS = ("authorisation", "calibration", "console", "mapping_studio", "monitoring", "producers", "reports", "undo")
ROOMS += ("worker", "worklist")


def import_everything() -> None:
    """Commands import what they use when they run. Without this every fork would import it again."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def ran(arguments: list[str], text: str) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        given.write(text.encode())
        given.seek(0)
        child = os.fork()
        if child == 0:
            for number, file in enumerate((given, output, errors)):
                os.dup2(file.fileno(), number)
            sys.argv = ["relist", *arguments]
            from console.main import main

            code = 0
            try:
                main()
            except SystemExit as exit_:
                code = exit_.code if isinstance(exit_.code, int) else 1
            except BaseException:
                import traceback

                traceback.print_exc()
                code = 70
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        _, status = os.waitpid(child, 0)
        output.seek(0)
        errors.seek(0)
        return os.waitstatus_to_exitcode(status), output.read().decode(), errors.read().decode()


def start() -> None:
    import_everything()
    sys.stdout.write(json.dumps([ran(*each) for each in json.loads(sys.argv[1])]))


if __name__ == "__main__":
    start()
