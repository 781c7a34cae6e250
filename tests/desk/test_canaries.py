"""500 invented people in a file: none of them in an address, a title, a page, a log, or what is kept of a session."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.desk.test_serving import DeskProcess, outcome
from tests.flows.city import make_city

pytestmark = pytest.mark.slow

MARK = "canaryx"
"""What every one of them holds, in a form that no masking leaves as it is."""


def planted_file() -> str:
    """Return a file with people wherever a file can hold them."""
    lines = ["Tag,Species,Planting date,Height (m),Keeper,Note"]
    for n in range(250):
        person = f"Mrs {MARK.title()}{n} Smith"
        lines.append(f"{MARK}{n}@example.org,Tilia cordata,{MARK}{n},{MARK}{n},{person},07700 900{n:03} {MARK}{n}")
    for n in range(250, 500):
        lines.append(f"T{n},Tilia cordata,01/03/2019,12.5,{MARK}{n} Jones,QQ {n:06} C {MARK}{n}")
    return "\n".join(lines) + "\n"


def hand_in(client: httpx.Client, content: bytes, name: str) -> str:
    token = re.search(r'name="token" value="(\w+)"', client.get("check").text)
    assert token
    fields = {"token": token[1], "dataset": "street-trees", "publisher": "camden"}
    sent = client.post("check", data=fields, files={"file": (name, content)})
    assert sent.status_code == 303, sent.text
    return sent.headers["location"].partition("?")[0].lstrip("/")


def test_nobody_in_a_file_is_told_anywhere(tmp_path: Path) -> None:
    home = tmp_path / "home"
    datasets = make_city(tmp_path, "camden")
    desk = DeskProcess(home, LONDATA_DATASETS=str(datasets))
    seen: list[httpx.Response] = []
    pages = ("", "/report", "/to-mend.csv", "/columns", "/compare", "/questions", "/send", "/done", "/progress")
    with httpx.Client(base_url=desk.place["address"], timeout=60) as client:
        client.event_hooks["response"].append(seen.append)
        client.get(desk.place["link"])
        for content, name in (
            (planted_file().encode(), f"Mrs {MARK.title()} Smith 07700 900123.csv"),
            (planted_file().encode()[:-20] + b'"\xff\x00broken ' + MARK.encode(), "trees.csv"),
            (b"PK\x03\x04" + MARK.encode() * 500, "trees.xlsx"),
        ):
            draft = hand_in(client, content, name)
            outcome(client, draft)
            for page in pages:
                client.get(f"{draft}{page}")
        client.get("queue")
        client.get("")
    for answer in seen:
        answer.close()
    desk.end()
    assert desk.process.stdout
    assert desk.process.stderr
    told = desk.process.stdout.read() + desk.process.stderr.read()
    assert MARK not in told.lower()
    assert "Traceback" not in told
    assert any("/report" in str(answer.url) and answer.status_code == 200 for answer in seen)
    for answer in seen:
        where = str(answer.url)
        assert MARK not in where.lower()
        assert MARK not in str(answer.headers).lower(), where
        assert MARK not in answer.text.lower(), where
        assert "07700 900" not in answer.text, where
        assert "no-store" in answer.headers["cache-control"]
    # neither sessions nor the ledger know them
    for database in (home / "desk/sessions.sqlite", home / "ledger.sqlite"):
        with sqlite3.connect(database) as connection:
            assert MARK not in "\n".join(connection.iterdump()).lower(), database


NOISY = """
import logging, os, sys, warnings
from flows.desk.drafts import worker

def answer(question, on_stage):
    print("canaryx")
    os.write(1, b"canaryx")
    os.write(2, b"canaryx")
    sys.stderr.write("canaryx")
    warnings.warn("Cell A1 holds canaryx")
    logging.getLogger("openpyxl").error("canaryx")
    logging.getLogger("flows.examine").error("a word of ours")
    return {"changes": {}}

worker.answer_of = answer
worker.work()
"""


def test_what_a_library_says_of_a_file_goes_nowhere() -> None:
    question = json.dumps({"draft": "0", "job": "check"}) + "\n"
    ended = subprocess.run(
        [sys.executable, "-c", NOISY], input=question, capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout == '{"changes": {}}\n'
    assert ended.stderr == "ERROR: a word of ours\n"
