"""The half of the corpus that was written apart from the detectors: its own names, sentences and forms.

Whoever works on the detectors looks at which kinds it misses, never at its cells.
"""

from __future__ import annotations

from random import Random

from tests.privacy import numbers as n
from tests.privacy.maker import Maker, filler

GIVEN = """Adaeze Ahmet Aleksandra Amina Anwar Beatriz Bogdan Brónagh Callum Chidi Claudine Danuta Dervla Ebony Emeka Esra Farzana
Fiadh Gareth Gintaras Gulsum Hamza Haniya Ifeoma Ioana Ismail Jaswinder Joaquim Kamil Keisha Khadija Leszek Lorraine Luca Maureen Mehmet
Miriam Nadège Nasreen Ngozi Niamh Oluwatobi Paulette Pedro Precious Rajesh Rosalind Ruqayyah Sadia Samuel Shanelle Silvana Simran Siobhan
Svetlana Tariq Tendai Thanh Tomasz Usha Valentina Wanjiru Winston Xiaoming Yasmin Yetunde Zehra Zoltan Imogen Desmond Agnieszka""".split()
FAMILY = """Abdirahman Acheampong Adeyemi Ahluwalia Aksoy Balogun Barzani Bielecki Brathwaite Carvalho Chowdhury Constantinou Corrigan
Cunningham Demir Dhillon Diallo Dobrescu Ekwueme Farquharson Ferreira Gebreyesus Georgiou Ghosh Grabowski Haddad Hernandez Hussain
Ilunga Jankauskas Kaczmarek Kowalczyk Lewandowska Mahmood McAllister Mensah Mohamud Ndlovu Nguyen Nwosu O'Rourke Okonjo Oyelaran Ozturk
Papadakis Pereira Petrova Pinnock Qureshi Rahman Rosenthal Sesay Shrestha Siddiqui Sivakumar Szymański Tesfaye Thevarajah Uddin
Vasilescu Wilberforce Yeboah Zielinska Llewellyn Fairweather Hargreaves Blenkinsop Whittaker Ramsbottom Pemberton""".split()
STREETS = """Acacia Avenue|Mafeking Terrace|Lavender Hill|Plashet Grove|Ruskin Park Gardens|Coldharbour Lane|Sebert Road|Tabard Close
Wellesley Crescent|St Ann's Road|Cranbrook Drive|Hornsey Rise|Nightingale Mews|Old Mill Way""".replace("\n", "|").split("|")


def given(r: Random) -> str:
    return r.choice(GIVEN)


def family(r: Random) -> str:
    return r.choice(FAMILY)


def name(r: Random) -> str:
    return f"{given(r)} {family(r)}"


MADE: dict[str, Maker] = {
    "name": name, "given": given, "family": family, "GIVEN": lambda r: given(r).upper(), "FAMILY": lambda r: family(r).upper(),
    "I": lambda r: r.choice("ABCDEFGHJKLMNPRSTW"), "nhs": n.nhs, "utr": n.utr, "upn": n.upn, "postcode": n.postcode,
    "nhs3": lambda r: n.grouped(n.nhs(r), 3, 3, 4), "nhsd": lambda r: n.grouped(n.nhs(r), 3, 3, 4, by="-"),
    "nino": n.nino, "ninos": lambda r: n.nino(r, " "), "nino_": lambda r: n.nino(r).lower(),
    "card": lambda r: n.luhn(r, r.choice(("4", "51", "54")), 16), "cards": lambda r: n.grouped(n.luhn(r, r.choice(("4", "52")), 16), 4, 4, 4, 4),
    "iban": lambda r: n.iban(r, r.choice(list(n.IBANS))), "ibans": lambda r: n.grouped(n.iban(r, r.choice(("GB", "DE", "NL"))), 4, 4, 4, 4, 4),
    "sort": lambda r: f"{r.choice((20, 40, 60, 77))}-{r.randrange(40, 99)}-{r.randrange(32, 99)}", "acc": lambda r: n.digits(r, 8),
    "street": lambda r: r.choice(STREETS), "no": lambda r: str(r.randrange(1, 240)), "small": lambda r: str(r.randrange(1, 9)),
    "day": lambda r: f"{r.randrange(1, 29):02d}/{r.randrange(1, 13):02d}/{r.randrange(1931, 2019)}",
    "dayw": lambda r: f"{r.randrange(1, 29)} {r.choice(('March', 'August', 'Nov'))} {r.randrange(1931, 2019)}",
    "dayd": lambda r: f"{r.randrange(1, 29)}.{r.randrange(1, 13)}.{r.randrange(31, 99)}",
    "age": lambda r: str(r.randrange(3, 98)), "plate": n.plate, "plate_": lambda r: n.plate(r, ""),
    "nine": lambda r: str(r.randrange(1, 9)) + n.digits(r, 8), "seven": lambda r: n.digits(r, 7), "six": lambda r: str(r.randrange(1, 9)) + n.digits(r, 5),
    "licence": lambda r: n.driving_licence(r, family(r).replace("ń", "n")), "pay": lambda r: f"{r.randrange(18, 70)},{r.randrange(100, 999)}",
    "sum": lambda r: str(r.randrange(110, 980)), "mob": lambda r: f"07{r.choice('4578')}{n.digits(r, 2)} {n.digits(r, 6)}",
    "land": lambda r: f"020 {r.choice('78')}{n.digits(r, 3)} {n.digits(r, 4)}", "lat": lambda r: f"51.{r.randrange(40, 60)}{n.digits(r, 4)}",
    "lon": lambda r: f"-0.{r.randrange(10, 30)}{n.digits(r, 4)}", "hex32": lambda r: f"{r.getrandbits(128):032x}", "hex64": lambda r: f"{r.getrandbits(256):064x}",
    "ip": lambda r: f"{r.choice((81, 86, 109, 151, 212))}.{r.randrange(256)}.{r.randrange(256)}.{r.randrange(1, 255)}",
    "ip6": lambda r: "2a02:c7c:" + ":".join(f"{r.randrange(4096, 65536):x}" for _ in range(6)), "mac": lambda r: ":".join(f"{r.randrange(256):02x}" for _ in range(6)),
    "user": lambda r: f"{given(r)}.{family(r)}".lower().replace("'", "").encode("ascii", "ignore").decode(), "year": lambda r: str(r.randrange(2016, 2027)),
    "ref": lambda r: r.choice(("", "A", "P")) + n.digits(r, 7),
}  # fmt: skip

of = filler(MADE)

PERSONAL: dict[str, Maker] = {
    "National Insurance number": of("{nino}", "{ninos}", "NI ref {nino_}", "Payroll correction {nino} Apr", "emp {ninos} overpaid"),
    "NHS number": of("{nhs3}", "CHC funding {nhs3}", "nhs no. {nhs}", "Patient (NHS {nhs})", "{nhsd} equipment"),
    "payment card": of("{cards}", "refund to card {card}", "Paid by {cards} exp 04/28", "{card}"),
    "IBAN": of("{iban}", "Remit to {iban}", "{ibans}", "Bank: {iban} Beneficiary"),
    "sort code and account": of("{sort} {acc}", "BACS {sort} / {acc}", "S/C {sort} A/C {acc}", "pay into account {acc} sort {sort}"),
    "taxpayer reference": of("UTR {utr}", "CIS deduction, UTR: {utr}", "unique taxpayer reference {utr}", "Self Assessment {utr}K"),
    "pupil number": of("{upn}", "Top-up for {upn}", "UPN {upn} summer term", "EHCP funding/{upn}"),
    "personal mailbox": of("{user}@gmail.com", "receipt to {user}@hotmail.co.uk", "contact {user}88@yahoo.co.uk please"),
    "mailbox of an employee": of("{user}@borough.example.org", "approved by {user}@school.example.net"),
    "mobile phone": of("{mob}", "rang client on {mob}", "mob: {mob}", "text {mob} re keys"),
    "landline": of("Tel {land}", "phone mum on {land}", "home {land} after 6", "call back: {land}"),
    "foreign telephone": of("+353 1 67{small} 4{small}53", "Father: +48 22 82{small} 10 7{small}", "+234 80{small} 555 01{small}7 whatsapp"),
    "IPv4 address": of("{ip}", "login from {ip}", "Complaint form sent from {ip} at 21:04"), "IPv6 address": of("{ip6}", "seen at {ip6} on wifi"),
    "MAC address": of("{mac}", "device {mac} issued", "WiFi probe {mac}"),
    "profile": of("https://www.linkedin.com/in/{user}", "facebook.com/{user}.77", "insta: {user}", "https://x.com/{user}", "tiktok.com/@{user}"),
    "hash": of("{hex32}", "user {hex64}", "emailhash={hex32}", "{hex64}"),
    "name after a title": of("Mrs {family}", "Payment to Mr {I} {family}", "MISS {I} {FAMILY}", "Dr {family}", "care of Ms {family}"),
    "name alone": of("{name}", "{given} {I} {family}", "{given} {family}-{family}"),
    "name in a sentence": of("Reimburse {name} travel to hospital", "{name} - counselling sessions", "Boiler repair at home of {name}", "Interpreter for {name}, 2 hrs", "School run ({name})"),
    "name turned": of("{family}, {given}", "{FAMILY}, {GIVEN} {I}", "{I} {family}", "{family} {I}", "{I}. {I}. {family}"),
    "name in capitals": of("{GIVEN} {FAMILY}", "REFUND {GIVEN} {FAMILY}", "DIRECT PAYMENT TO {GIVEN} {FAMILY}"),
    "home address": of("{no} {street} {postcode}", "Void works {no} {street}, London {postcode}", "{no}a {street}, {postcode}", "Disrepair: {no} {street} {postcode} - damp"),
    "flat address": of("Flat {small}, {no} {street}, {postcode}", "FLAT {small} {no} {street} {postcode}", "Apt {small}, {no} {street}"),
    "house number and postcode": of("{no}, {postcode}", "{postcode} no {no}", "{no} {postcode}"),
    "date of birth": of("DOB {day}", "born {dayw}", "d.o.b. {dayd}", "date of birth: {dayw}", "({day} DOB)"),
    "age": of("aged {age}, lives alone", "{age} yr old son", "male age {age}", "{age}yo with epilepsy", "she is {age} years old"),
    "number plate": of("{plate}", "abandoned {plate_} removed", "PCN for {plate}", "vehicle reg {plate_}", "{plate} permit refund"),
    "passport": of("passport no {nine}", "Passport: {nine}", "copy of UK passport number {nine} seen"),
    "driving licence": of("{licence}", "licence {licence} checked", "DVLA {licence}"),
    "residence permit": of("BRP ZR{seven}", "biometric residence permit RP{seven}", "brp no: ZU{seven}", "Home Office ref M{seven}"),
    "home coordinates": of("{lat}, {lon}", "client home {lat},{lon}", "pick up at {lat} {lon}", "Victim's address ({lat}, {lon})"),
    "account with the council": of("council tax account {nine}", "CTAX REF {six}{small}", "rent account no. {six}", "Housing Benefit claim ref {nine}", "tenancy ref {six}"),
    "pay": of("salary £{pay}", "gross pay £{pay} Mar", "Back pay - salary of £{pay} per annum", "Redundancy pay £{pay}", "£{pay} p.a. plus pension"),
    "case reference": of("Case ref {ref}", "crime no. {ref}/26", "Mosaic ID {six}", "safeguarding case {ref}", "Client no: {six}"),
    "health": of("she was diagnosed with lupus and needs a chair", "client with dementia, night sitting", "his epilepsy medication", "tenant is disabled, ramp needed", "patient {I}.{I}. - dialysis transport", "suffers from severe anxiety"),
    "children's care": of("child placed in care following court", "LAC review for {I}.{I}.", "his foster carer's mileage", "she is on a child protection plan", "mother of looked after child, taxi"),
    "domestic abuse": of("fleeing violent ex-husband, hotel", "she is a victim of domestic abuse", "client fled domestic violence", "refuge bed for her and 2 kids", "MARAC: {I}.{I}. and perpetrator"),
    "immigration": of("he has no recourse to public funds", "refused asylum, hotel bill", "applicant is NRPF, subsistence", "granted indefinite leave to remain in {year}", "his visa expired"),
    "offence": of("convicted of burglary {year}", "he is on probation", "released from prison, needs a room", "arrested for shoplifting", "tenant was sentenced to 2 years"),
    "benefit or homelessness": of("she is on universal credit", "client made homeless, B&B", "in receipt of PIP and DLA", "his housing benefit stopped", "applicant evicted, storage of goods"),
    "debt": of("tenant owes £{sum}", "rent arrears of £{sum}", "he was declared bankrupt", "council tax arrears for the above", "her debt written off"),
    "failed redaction": of("DO NOT PUBLISH", "remove before publishing - {family}", "[REDACTED {name}]", "███ {family}", "name withheld: {name}", "not for publication, see email"),
}  # fmt: skip

CHECKED = ("NHS number", "payment card", "IBAN", "taxpayer reference", "pupil number")
CARE = ("health", "children's care", "domestic abuse", "immigration", "offence", "benefit or homelessness", "debt")

HARMLESS: dict[str, Maker] = {
    "invoice number": of("INV{seven}", "{nine}{small}", "SI-{six}", "Invoice {nine}", "CN/{year}/{six}"),
    "property number": of("10{nine}{small}", "UPRN 10{nine}", "USRN {nine}"),
    "company number": of("0{seven}", "Company no. 0{seven}", "OC{six}", "GB {nine}"),
    "product code": of("HP-{six}A", "SKU {seven}", "BX{small}{small}-{six}", "Toner TN{six}", "Part no {seven}-{small}"),
    "street": of("Resurfacing {street}", "Street lighting, {street}", "{street} junction improvement", "{street} CPZ"),
    "postcode": of("{postcode}", "Works in {postcode}", "Litter bins, {postcode} area"),
    "firm": of("{family} & Sons", "{family} Building Services", "{given} {family} Ltd", "{family} {family} LLP", "{family} Associates", "{family} Solicitors", "The {given} {family} Foundation"),
    "service": of("Adult Social Care", "Childrens Placements", "Domestic Abuse Services contract", "Asylum seekers accommodation", "Mental Health Grant {year}", "Foster carer recruitment campaign", "Housing Benefit subsidy", "Youth Offending Team", "Substance misuse service", "Council Tax Support scheme", "Homelessness prevention grant", "Special Educational Needs transport", "Disabled Facilities Grant programme", "Looked After Children team", "Debt advice contract", "Leaving care allowances", "Rough sleeping initiative"),
    "thing": of("Stationery", "Legal fees {year}", "Repairs and maintenance", "Hire of skip", "Agency staff wk {small}", "Photocopier lease", "Grounds maintenance", "Catering for training day", "Car park income refund", "Electricity Q{small}", "IT licences", "Bus passes", "Planning application fee"),
    "grid reference": of("TQ{six}", "TQ 3{small}{small}5 80{small}{small}", "E 5{six} N 1{six}", "53{small}0{small}0"),
    "licence reference": of("LN/{six}", "{year}/0{six}/LIPT", "Premises licence {six}", "23/0{small}{small}4{small}/FUL"),
    "time": of("{year}-03-0{small} 12:3{small}", "0{small}/11/{year}", "Week ending 1{small}/05/{year}", "Q{small} {year}/{small}7"),
    "version": of("Version 10.4.{small}.2", "v2.1.{small}.0", "Windows Server 20{small}9", "Section 1{small}.2.3.4", "Oracle 12.1.0.{small}"),
    "opening hours": of("Mon-Fri 9:00-17:00", "Open daily 10-{small}", "24 hours", "Sat 9am - {small}pm"),
    "amount": of("£{sum}.{small}0", "{sum}.{small}5", "-{sum}.00", "{six}.{small}2"),
    "school or place": of("St {given}'s Primary School", "{family} Park", "{family} House Hostel", "The {family} Centre", "{family} Estate, Block {I}", "{given} {family} Academy"),
    "group of ages": of("Children aged {small} to 11", "Over 65s lunch club", "18-2{small} year olds", "Under {small}s playgroup", "Youth club 11-1{small} years"),
    "redaction": of("REDACTED PERSONAL DATA", "Redacted", "Name withheld", "Redacted - commercial confidentiality", "Personal data removed"),
    "office address": of("Unit {small}, {street}, {postcode}", "Depot, {no} {street}", "Town Hall, {street}, {postcode}", "Library, {no} {street}, {postcode}"),
    "web address": of("https://www.example.org/{six}", "www.example.gov.uk/spend", "https://data.example.org/id/{seven}", "http://example.com/a?b={six}"),
}  # fmt: skip
