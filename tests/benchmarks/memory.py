"""Resident memory of this process, as the system counts it; None where the system does not say."""

from __future__ import annotations

from pathlib import Path

_STATUS = Path("/proc/self/status")  # getrusage's maximum would carry over that of the process which started this one


def megabytes() -> dict[str, float | None]:
    """What this process has in memory now, the largest it ever had, and the part of now that is no mapped file."""
    return {"now": _of("VmRSS"), "peak": _of("VmHWM"), "own": _of("RssAnon")}


def _of(field: str) -> float | None:
    if not _STATUS.is_file():
        return None
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024 / 1e6
    return None
