"""Where the time of a scan goes: reads what `scan --timings` says, and prints the medians of several scans beside one another."""
import re
import statistics

PHASES = ("setup", "facts", "stream", "settle", "judge", "publish", "total")
ROW = re.compile(r"^(?P<name>[a-z ]+?) +(?P<cpu>\d+\.\d{3})(?: +(?P<wall>\d+\.\d{3}))?", re.MULTILINE)


class Timings:
    """One scan: seconds by phase, and of the thread that worked most."""

    def __init__(self, text):
        rows = {row["name"]: row for row in ROW.finditer(text)}
        missing = [name for name in (*PHASES, "largest thread") if name not in rows]
        if missing:
            raise ValueError(f"--timings did not tell: {', '.join(missing)}")
        self.cpu = {name: float(rows[name]["cpu"]) for name in PHASES}
        self.wall = {name: float(rows[name]["wall"]) for name in PHASES}
        self.largest = float(rows["largest thread"]["cpu"])


def median(scans, value):
    return statistics.median(value(scan) for scan in scans)


def say_phases(one, two, lines):
    """One row a phase: with one thread, then with two."""
    total = median(one, lambda scan: scan.cpu["total"])
    print(f"{'all rules, by phase':<20} {'CPU s':>8} {'ns/line':>8} {'share':>6}   two threads: {'CPU s':>8} {'wall s':>8}")
    for name in PHASES:
        cpu = median(one, lambda scan: scan.cpu[name])
        share = 100 * cpu / total if total else 0
        print(f"  {name:<18} {cpu:8.3f} {cpu / lines * 1e9:8.0f} {share:5.1f}%                "
              f"{median(two, lambda scan: scan.cpu[name]):8.3f} {median(two, lambda scan: scan.wall[name]):8.3f}")


def share_of_threads(one, two):
    """What the thread that worked most of two takes of what one takes alone; 0.5 is the best there is."""
    alone = median(one, lambda scan: scan.largest)
    return median(two, lambda scan: scan.largest) / alone if alone else 0.0
