"""References of cases about people: of social care, the police, a court, housing, a school."""

from __future__ import annotations

import re

from quality.disclosure.detectors.pattern import ScreenedColumn

SYSTEMS = (
    r"mosaic|liquid ?logic|framework[- ]?i|care ?first|lcs|eclipse|swift|azeus|capita one|synergy|civica|northgate|jigsaw"
    r"|locata|niche|emis|systmone|system one|ics|paris|rio|controcc|carenotes|care ?works|child ?view|core ?\+|delius|nomis"
    r"|oasys|e-?cins|athena|crimint|cris|holmes|pnd|pnc|nrpf connect|h-?clic|homefinder|abacus|asset ?plus|impulse|orchard"
)
"""Systems in which services keep their cases."""
OWNERS = (
    r"social (?:care|work|services)|safeguarding|child(?:ren)?['’]?s?|adult|asc|csc|client|case|crime|police|incident|cad"
    r"|court|probation|yo[ts]|marac|mash|mappa|lac|cla|cin|cp|uasc|nrpf|sen|ehcp?|plan|homeless(?:ness)?"
    r"|housing (?:options|register|application)|complaint|foi requester|person|service user|svc user|su|patient|hospital"
    r"|mrn|pris(?:on|oner)|custody|referral|tenancy|applicant|claimant|pupil|student|family|fostering|foster|adoption"
    r"|blue badge|gp|nhs|asb|anti[- ]?social(?: behaviour)?|lado|ombudsman|lgsco|lgo|tribunal|sendist|inquest|coroner"
    r"|dols|pcn|penalty charge(?: notice)?|fpn|fixed penalty(?: notice)?|dsar|sar|subject access|mental health|mha|s\.?42"
    r"|s\.?47|enquiry|carer|looked after|early help|caf|tac|allocations?|bidding|fraud|prosecution|warrant|summons|injunction"
)
"""Whom or what a case is about."""
NOUNS = (
    r"file|record|reference|ref|number|num|no|nr|id|case|urn|crn|identifier|system|application|pin|hash|notice|claim"
    r"|stage \d|log|investigation|intervention|enquiry|concern|alert"
)
CASE_NUMBER = r"(?:(?=[A-Z0-9/-]*\d{3})[A-Z]{0,6}[-/ ]?\d[\dA-Z/-]{2,16}|\d{2} \d{3} \d{3})\b"
CASE = re.compile(
    rf"\b(?:(?:{SYSTEMS}|{OWNERS})\b['’]?s?[ -]?){{1,5}}(?:\b(?:{NOUNS})\b[ .]{{0,2}}){{0,3}}[\s.:#=/-]{{0,3}}(?<!\w)"
    rf"{CASE_NUMBER}|\bcase ?(?:number|num|no|ref|id)[\s.:#=-]{{0,3}}(?<!\w){CASE_NUMBER}"
    rf"|\bcrn\W{{1,3}}[A-Z]\d{{6}}\b|\burn\W{{1,3}}[\dA-Z]{{2,6}}/[\dA-Z/]{{4,12}}\b",
    re.IGNORECASE,
)
PLAIN_NUMBERS = re.compile(r"(?<!\d)(?:19|20)\d\d(?:[-/]\d\d)?\Z")
OF_CASES = re.compile(rf"{SYSTEMS}|{OWNERS}|\bcase|\bcrn|\burn", re.IGNORECASE)


def case_reference(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find the reference of a case about somebody: of social care, the police, a court, housing, a school."""
    return next((m.group() for m in CASE.finditer(text) if not PLAIN_NUMBERS.search(m.group())), "")
