"""The draft of what the Information Commissioner is told: the facts of Article 33(3), and plain questions for the rest.

It holds no value of any cell, and whoever let something pass by role only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from flows.privacy.freezes import Incident, MissedFact, ReleaseFact, SiblingFact
from flows.takedown.rescan import KINDS
from quality.report.wording import day_text

TO_FILL = "**To fill in:**"


def article_33_draft(incident: Incident, contact: str, purged: Sequence[dt.datetime]) -> str:
    """Return the draft as Markdown. `contact` is who answers questions about the data, `purged` when data were taken
    away since. Pure.
    """
    facts = incident.facts.releases if incident.facts else ()
    found = [one for fact in facts for one in fact.found]
    parts = (
        [
            f"# Personal data breach: {incident.identity}",
            "",
            "A draft for the notification under Article 33 of the UK GDPR, made from what is on record. It holds no "
            "personal data. Complete it, and have the Data Protection Officer send it.",
            "",
            f"- Aware since: {moment(incident.opened.aware)}",
            f"- To be notified by: {moment(incident.deadline)} (72 hours)",
            f"- Reference: incident {incident.digest[:12]}, opened on {moment(incident.at)}",
            f"- {TO_FILL} is it later than that? Then say why (Article 33(1)). Not all is known yet? Send what is, and "
            "the rest in phases (Article 33(4)).",
            f"- {TO_FILL} is it unlikely that anybody is put at risk? Then no notification is needed; record why "
            "(Article 33(1) and (5)).",
        ],
        nature_part(incident, facts, found),
        [
            "## 2. Who answers questions (Article 33(3)(b))",
            "",
            f"- {TO_FILL} name and contact of the Data Protection Officer",
            f"- About the data: {plain(contact) if contact else TO_FILL}",
        ],
        [
            "## 3. Likely consequences (Article 33(3)(c))",
            "",
            *(f"- {TO_FILL} what can happen to people because {kind} were public?" for kind in kinds(found)),
            f"- {TO_FILL} are children, or people who have to be protected (carers, people who fled), among them?",
            f"- {TO_FILL} did anybody download the files, or has anybody made use of them? The log of the web server "
            "and search engines may tell.",
        ],
        [
            "## 4. Measures (Article 33(3)(d))",
            "",
            f"- Since {moment(incident.at)} nothing new of these datasets becomes public: "
            f"{', '.join(sorted(map(str, incident.frozen)))}.",
            *(f"- Data were taken away for good on {moment(at)}." for at in purged),
            *([] if purged else [f"- {TO_FILL} when is it taken away? (`londata purge {incident.identity} …`)"]),
            f"- {TO_FILL} who was asked to delete copies (re-users, search engines, archives)?",
            f"- {TO_FILL} what is changed so that it does not happen again?",
        ],
        [
            "## 5. The people themselves (Article 34)",
            "",
            f"- {TO_FILL} is the risk to them high? Then they have to be told without undue delay, in plain words.",
            f"- {TO_FILL} if they are not told: which of the reasons of Article 34(3) holds?",
        ],
        releases_part(facts),
        notes_part(incident),
    )
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def nature_part(incident: Incident, facts: Sequence[ReleaseFact], found: Sequence[MissedFact]) -> list[str]:
    """Return what happened: kinds of data, numbers of records, how it was let pass, who else has it."""
    lines = ["## 1. What happened (Article 33(3)(a))", "", f"- Dataset: {incident.identity}"]
    if incident.opened.note:
        lines.append(f"- What is known: {plain(incident.opened.note)}")
    # the same rows are in each release that followed
    most: dict[tuple[str, str, str], MissedFact] = {}
    for one in found:
        place = (one.rule, one.table, one.field)
        most[place] = max(one, most.get(place, one), key=lambda fact: fact.rows)
    for one in most.values():
        rows = f"up to {one.rows:,} records (of {one.of:,})"
        lines.append(f"- Kind of data: {kind_of(one)}, in the column `{one.table}.{one.field}`, {rows}")
        lines.append(f"  - {how_missed(one)}")
    times = [time for fact in facts for time in fact.shown]
    if times:
        first, last = min(time.since for time in times), max(time.until or "9" for time in times)
        lines.append(f"- Public from {moment(first)} {'until now' if last == '9' else f'to {moment(last)}'}")
    if not most:
        lines.append(f"- {TO_FILL} what kind of data? No rule of today finds it.")
    lines += [
        f"- {TO_FILL} about how many people? There are no more of them than records, unless a record names several.",
        f"- {TO_FILL} what kinds of people (residents, staff, children, carers, suppliers who trade alone)?",
    ]
    siblings = incident.facts.siblings if incident.facts else ()
    return lines + [f"- {sibling_line(one)}" for one in siblings]


def sibling_line(one: SiblingFact) -> str:
    """Return what was found at another publisher, or why nobody could look."""
    place = f"{one.dataset}/{one.publisher} (release {one.release[:12]})"
    if not one.found:
        return f"{place} could not be looked at: {plain(one.unread)}"
    kinds_there = "; ".join(f"{kind_of(fact)}, {fact.rows:,} records" for fact in one.found)
    return f"The same is found at {place}: {kinds_there}"


def how_missed(one: MissedFact) -> str:
    """Return which rule finds something today, and what it did at the time."""
    if not one.rule:
        return "People have found it; no rule of today does."
    passed = "found nothing when it was published" if one.let_pass else "found less of it when it was published"
    return f"Rule `{one.rule}` finds it today, and {passed}."


def kind_of(one: MissedFact) -> str:
    """Return the kind of what was found, in a few words."""
    return KINDS.get(one.rule, one.rule.replace("-", " "))


def kinds(found: Sequence[MissedFact]) -> list[str]:
    """Return every kind that was found, once."""
    return list(dict.fromkeys(kind_of(one) for one in found if one.rule)) or ["these data"]


def releases_part(facts: Sequence[ReleaseFact]) -> list[str]:
    """Return what was public, release by release, for the record that Article 33(5) asks for."""
    lines = ["## Annex: what was public, when and where", ""]
    for fact in facts:
        rows = ", ".join(f"{count:,} rows in {table}" for table, count in fact.rows.items())
        lines.append(f"### Release {fact.release[:12]}{f' ({rows})' if rows else ''}")
        lines += ["", *release_lines(fact), ""]
    return lines[:-1] if facts else []


def release_lines(fact: ReleaseFact) -> Iterator[str]:
    """Yield the lines on one release."""
    for time in fact.shown:
        until = f"to {moment(time.until)}" if time.until else "until now"
        yield f"- Shown in the catalogue ({time.catalogue}) from {moment(time.since)} {until}"
    yield f"- Its files are {'still' if fact.kept else 'not any more'} in the folder of releases"
    if fact.unread:
        yield f"- Not looked at: {plain(fact.unread)}"
    for one in fact.found:
        yield f"- {kind_of(one)}: {one.rows:,} of {one.of:,} records in `{one.table}.{one.field}`"
    yield f"- Let pass: {plain(fact.approved) or 'nobody had to decide'}"
    if fact.files:
        yield f"- Files: {', '.join(fact.files)}"
    yield from (f"- Address: {address}" for address in fact.addresses)
    if fact.unions:
        yield f"- Its rows are in all of London: release {', '.join(union[:12] for union in fact.unions)}"


def notes_part(incident: Incident) -> list[str]:
    """Return what was noted since."""
    if not incident.notes:
        return []
    return ["## Annex: notes", "", *(f"- {moment(at)}: {plain(text)}" for at, text in incident.notes)]


def moment(at: dt.datetime | str) -> str:
    """Return a moment as `29 November 2026, 14:05 UTC`."""
    time = dt.datetime.fromisoformat(at) if isinstance(at, str) else at
    time = time.astimezone(dt.UTC)
    return f"{day_text(time.date())}, {time:%H:%M} UTC"


def plain(text: str) -> str:
    """Return a sentence in which nothing is markup."""
    return " ".join(text.replace("`", "'").replace("<", "‹").replace(">", "›").replace("|", "/").split())
