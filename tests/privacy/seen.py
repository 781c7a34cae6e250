"""The half of the corpus that was at hand while the detectors were written."""

from __future__ import annotations

from random import Random

from tests.privacy import numbers as n
from tests.privacy import unseen
from tests.privacy.maker import Maker, filler

GIVEN = """John Mary Mohammed Fatima Peter Susan Priya Kwame Olu Grace Chloe Jack Ahmed Maria Andrei Ewa Rosa David Abdul Nadia Kevin Tracey
Harpreet Nikhil Mei Wei Hung Yusuf Amara Blessing Elif Murat Elena Giorgos Sinead Declan Rhys Fiona Hamish Esther Jacob Rivka""".split()
FAMILY = """Smith Jones Taylor Brown Khan Patel Begum Ali Singh Kaur Okafor Mensah Nowak Popescu Silva Garcia Rossi Murphy Kelly Evans
MacDonald O'Brien Chen Wong Tran Kim Hassan Osman Yilmaz Kaya Georgiou Cohen Levy Campbell Clarke Johnson Williams Roberts""".split()
STREETS = "High Road|Church Lane|Station Approach|Victoria Road|Park Avenue|Mill Close|Queens Drive|Elm Grove".split("|")

MADE: dict[str, Maker] = unseen.MADE | {
    "given": lambda r: r.choice(GIVEN), "family": lambda r: r.choice(FAMILY), "name": lambda r: f"{r.choice(GIVEN)} {r.choice(FAMILY)}",
    "GIVEN": lambda r: r.choice(GIVEN).upper(), "FAMILY": lambda r: r.choice(FAMILY).upper(), "street": lambda r: r.choice(STREETS),
    "licence": lambda r: n.driving_licence(r, r.choice(FAMILY)), "user": lambda r: f"{r.choice(GIVEN)}.{r.choice(FAMILY)}".lower().replace("'", ""),
}  # fmt: skip
of = filler(MADE)

PERSONAL: dict[str, Maker] = {
    "National Insurance number": of("{nino}", "{ninos}", "NINO {nino} checked"),
    "NHS number": of("{nhs3}", "NHS number {nhs}", "equipment for {nhsd}"),
    "payment card": of("{cards}", "card {card}", "purchase with {cards}"),
    "IBAN": of("{iban}", "IBAN {ibans}", "pay {iban}"),
    "sort code and account": of("{sort} {acc}", "sort code {sort} account {acc}"),
    "taxpayer reference": of("UTR {utr}", "tax reference {utr}", "UTR no. {utr}"),
    "pupil number": of("{upn}", "pupil {upn}"),
    "personal mailbox": of("{user}@gmail.com", "mail {user}@icloud.com"),
    "mailbox of an employee": of("{user}@council.example", "see {user}@nhs.example"),
    "mobile phone": of("{mob}", "call {mob}"),
    "landline": of("Tel: {land}", "phone {land}"),
    "foreign telephone": of("+33 1 42 {small}8 53 0{small}", "mother on +49 30 90{small}82 0{small}"),
    "IPv4 address": of("{ip}", "IP address {ip}"),
    "IPv6 address": of("{ip6}", "IP {ip6}"),
    "MAC address": of("{mac}", "MAC {mac}"),
    "profile": of("https://www.facebook.com/{user}", "twitter: @{user}", "https://instagram.com/{user}"),
    "hash": of("{hex32}", "sha256 {hex64}"),
    "name after a title": of("Mrs {I} {family}", "refund to Mr {family}", "Miss {given} {family}"),
    "name alone": of("{name}", "{given} {I} {family}"),
    "name in a sentence": of("Refund to {name}", "Taxi for {name} 3 May", "Carer: {name}"),
    "name turned": of("{family}, {given}", "{I} {family}", "{FAMILY}, {given} {I}"),
    "name in capitals": of("{GIVEN} {FAMILY}", "PAYMENT TO {GIVEN} {FAMILY}"),
    "home address": of("{no} {street}, London {postcode}", "{no} {street} {postcode}"),
    "flat address": of("Flat {small}, {no} {street}, London {postcode}", "Flat {small} {no} {street}"),
    "house number and postcode": of("{no} {postcode}", "{no}, {postcode}"),
    "date of birth": of("dob {day}", "date of birth {day}", "born {dayw}"),
    "age": of("aged {age}", "{age} years old", "{age} year old girl"),
    "number plate": of("{plate}", "car {plate_}"),
    "passport": of("passport {nine}", "passport number {nine}"),
    "driving licence": of("{licence}", "driving licence {licence}"),
    "residence permit": of("BRP ZU{seven}", "residence permit RX{seven}"),
    "home coordinates": of("home at {lat}, {lon}", "resident {lat},{lon}"),
    "account with the council": of("council tax account {nine}", "rent account {nine}"),
    "pay": of("salary £{pay}", "net pay £{pay}", "£{pay} per annum salary"),
    "case reference": of("case ref {ref}", "police crime ref {ref}", "client ref {six}"),
    "health": of("she has dementia", "the client is pregnant", "diagnosed with diabetes", "his heart operation"),
    "children's care": of("her son was taken into care", "child on a child protection plan", "placed in foster care with aunt"),
    "domestic abuse": of("fled domestic violence with her son", "victim of domestic abuse", "he beat her, refuge"),
    "immigration": of("she claimed asylum", "client has no recourse to public funds", "his leave to remain"),
    "offence": of("convicted of theft", "he was arrested", "released from prison, travel"),
    "benefit or homelessness": of("she claims universal credit", "in receipt of housing benefit", "he is homeless"),
    "debt": of("in arrears, she owes £{sum}", "rent arrears of £{sum}", "his debt to the council"),
    "failed redaction": of("do not publish", "REMOVE BEFORE PUBLICATION", "[REDACTED {name}]", "██ {family}"),
}  # fmt: skip

HARMLESS: dict[str, Maker] = {
    "invoice number": of("INV{seven}", "{nine}", "SIN{six}/{small}"), "property number": of("100{nine}", "UPRN 100{nine}"),
    "company number": of("0{seven}", "SC{six}"), "product code": of("AB-{six}", "part {six}"),
    "street": of("{street}", "Works on {street}"), "postcode": of("{postcode}", "Trees in {postcode}"),
    "firm": of("{family} & Co", "{family} Plumbing", "{given} {family} Limited", "John Lewis", "Grant Thornton", "Marks and Spencer"),
    "service": of("Adult Social Care", "Children's Services", "Domestic Abuse Services contract", "Asylum seekers accommodation", "Mental health grant", "Housing Benefit subsidy"),
    "thing": of("Stationery", "Legal fees", "Building repairs", "Agency staff", "Postage", "Water rates"),
    "grid reference": of("TQ{six}", "TQ 30{small}50 83{small}21"), "licence reference": of("{year}/{six}/FUL", "licence {six}"),
    "time": of("{year}-05-0{small} 10:15", "0{small}/04/{year}"), "version": of("v1.2.{small}.4", "version 10.0.{small}.1"),
    "opening hours": of("Mon-Fri 9-5", "8am to 6pm"), "amount": of("£{sum}", "{sum}.00"),
    "school or place": of("St {given}'s School", "{family} Park", "{family} Court"), "group of ages": of("Ages 5-11", "Over 60s"),
    "redaction": of("REDACTED PERSONAL DATA", "Redacted"), "office address": of("Unit {small}, {street}, {postcode}", "Suite {small}, {no} {street} {postcode}"),
    "web address": of("https://example.org/{seven}", "www.example.com"),
}  # fmt: skip


def cells(made: Maker, count: int, seed: str) -> list[str]:
    """So many texts of a kind; the same for the same seed."""
    r = Random(seed)
    return [made(r) for _ in range(count)]
