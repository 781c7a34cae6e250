"""Known advisories for the packages of the lock file: `make advisories`, by pip-audit.

Ends with 1 when there are any. Where the network gives no answer it says that nothing was checked, and ends with 0: a
build without network must not fail, and must not claim that it looked.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

NOT_CHECKED = "Not checked: the list of advisories did not answer. This says nothing about the packages."


def advisories(lock: Path) -> tuple[int, str]:
    """Return the exit code, and what is to be said."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter
    try:
        told = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (asked.stderr.strip().splitlines() or ["no reason given"])[-1]
        is_network = any(word in asked.stderr for word in ("Connection", "connection", "resolve", "timed out", "Proxy"))
        return (0, f"{NOT_CHECKED} ({last})") if is_network else (2, f"pip-audit could not work: {last}")
    skipped = [one["name"] for one in told if "skip_reason" in one]
    if len(skipped) == len(told):
        # a mirror of PyPI without its interface answers, and knows of no package
        return 0, f"{NOT_CHECKED} ({told[0]['skip_reason'] if told else 'there is no package in the file'})"
    found = [(one["name"], one["version"], flaw) for one in told for flaw in one.get("vulns", [])]
    lines = [
        f"{name} {version}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for name, version, flaw in found
    ]
    lines.append(f"{len(told) - len(skipped)} packages checked: {len(found)} advisories.")
    if skipped:
        lines.append(f"Not checked: {', '.join(skipped)}.")
    return (1 if found else 0), "\n".join(lines)


if __name__ == "__main__":
    code, said = advisories(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "requirements.lock")
    print(said)  # noqa: T201
    sys.exit(code)
