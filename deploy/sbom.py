"""Bill of materials of the lock file (CycloneDX) and a list of licences: `make sbom` writes both to dist/.

What is in the lock file and its hashes comes from that file, by cyclonedx-py; licences come from the packages that are
installed beside this script. The same lock file gives the same bytes. It fails rather than leave out a licence.
"""

from __future__ import annotations

import csv
import importlib.metadata
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

NOT_INSTALLED_EVERYWHERE = {
    "async-timeout": "Apache-2.0",
    "colorama": "BSD-3-Clause",
    "pywin32": "PSF-2.0",
    "tzdata": "Apache-2.0",
    "uvloop": "MIT OR Apache-2.0",
    "whenever": "MIT",
    "winkerberos": "Apache-2.0",
}
"""Licences of packages that only some systems or versions of Python install, as their own metadata say them."""


def bill_of_materials(lock: Path) -> dict[str, Any]:
    """Return the CycloneDX document of a lock file, with the licence of each package; ValueError if one is unknown."""
    command = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        "requirements",
        str(lock),
        "--of",
        "JSON",
        "--output-reproducible",
        "--no-validate",
    ]
    made = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - our own interpreter and file
    bill: dict[str, Any] = json.loads(made.stdout)
    for component in bill["components"]:
        said = licence_of(component["name"])
        if not said:
            raise ValueError(f"The licence of {component['name']} is not known here.")
        component["licenses"] = [{"license": {"name": said}}]
        # it repeats the line with all hashes, which are told beside it
        component.pop("description", None)
        hashes = [one for found in component.get("externalReferences", []) for one in found.get("hashes", [])]
        component["hashes"] = sorted(hashes, key=lambda one: one["content"])
    return bill


def licence_of(name: str) -> str:
    """Return the licence of an installed package in its own words, short; empty when it says none."""
    try:
        said = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return NOT_INSTALLED_EVERYWHERE.get(name, "")
    if said.get("License-Expression"):
        return str(said["License-Expression"])
    classified = [
        text.rpartition(" :: ")[2] for text in said.get_all("Classifier") or [] if text.startswith("License :: OSI")
    ]
    # some put the whole text there
    first = str(said.get("License") or "").strip().partition("\n")[0]
    return "; ".join(classified) or first[:100]


def licence_list(bill: dict[str, Any]) -> str:
    """Return the licences as CSV: package, version, licence."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("package", "version", "licence"))
    for component in sorted(bill["components"], key=lambda one: one["name"]):
        table.writerow((component["name"], component["version"], component["licenses"][0]["license"]["name"]))
    return out.getvalue()


def main() -> None:
    """Write both files."""
    folder = ROOT / "dist"
    folder.mkdir(exist_ok=True)
    bill = bill_of_materials(ROOT / "requirements.lock")
    (folder / "sbom.cdx.json").write_text(json.dumps(bill, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    (folder / "licences.csv").write_text(licence_list(bill), encoding="utf-8")
    print(f"{len(bill['components'])} packages: dist/sbom.cdx.json, dist/licences.csv")  # noqa: T201


if __name__ == "__main__":
    main()
