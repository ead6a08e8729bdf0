"""Runs the acceptance tests and writes how many passed and failed to a file: `run.py COUNTS [NAME…]`."""
import pathlib
import signal
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent


class Counting(unittest.TextTestResult):
    """Counts tests, not subtests, and tells how long each file took."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def main():
    counts, names = pathlib.Path(sys.argv[1]), sys.argv[2:]
    sys.path.insert(0, str(HERE))
    passed = failed = 0
    for file in sorted(HERE.glob("test_*.py")):
        if names and file.stem not in names:
            continue
        begun = time.monotonic()
        print(f"--- {file.name}", flush=True)
        suite = unittest.defaultTestLoader.loadTestsFromName(file.stem)
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Counting).run(suite)
        bad = {str(getattr(test, "test_case", test)) for test, _ in result.failures + result.errors}
        bad |= {str(test) for test in result.unexpectedSuccesses}
        passed, failed = passed + result.passed, failed + len(bad)
        print(f"--- {file.name}: {time.monotonic() - begun:.0f} s", flush=True)
    counts.write_text(f"{passed} {failed}\n")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    # Servers are stopped at the interpreter's end, which a signal alone would skip.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
