"""Made-up numbers with right check digits, by the published rules; nothing here is imported from the detectors."""

from __future__ import annotations

from random import Random


def digits(r: Random, count: int) -> str:
    return "".join(str(r.randrange(10)) for _ in range(count))


def nhs(r: Random) -> str:
    while True:
        body = r.choice("4679") + digits(r, 8)
        check = (11 - sum(int(d) * w for d, w in zip(body, range(10, 1, -1), strict=True)) % 11) % 11
        if check < 10:
            return body + str(check)


def luhn(r: Random, prefix: str, length: int) -> str:
    body = prefix + digits(r, length - len(prefix) - 1)
    total = sum(sum(divmod(int(d) * (2 if i % 2 == 0 else 1), 10)) for i, d in enumerate(reversed(body)))
    return body + str(-total % 10)


def utr(r: Random) -> str:
    body = digits(r, 9)
    total = sum(int(d) * w for d, w in zip(body, (6, 7, 8, 9, 10, 5, 4, 3, 2), strict=True))
    return "21987654321"[total % 11] + body


def upn(r: Random) -> str:
    body = str(r.choice((201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 301, 302, 304, 306, 308, 316))) + digits(
        r, 9
    )
    total = sum(int(d) * w for d, w in zip(body, range(2, 14), strict=True))
    return "ABCDEFGHJKLMNPQRTUVWXYZ"[total % 23] + body


IBANS = {"GB": "AAAA00000000000000", "DE": "000000000000000000", "PL": "000000000000000000000000", "NL": "AAAA0000000000",
         "IE": "AAAA00000000000000", "LT": "0000000000000000", "RO": "AAAA0000000000000000", "SE": "00000000000000000000",
         "AE": "0000000000000000000", "PT": "000000000000000000000"}  # fmt: skip
"""Form of the account by country: letters and digits."""


def iban(r: Random, country: str) -> str:
    body = "".join(r.choice("ABCDEFGHLMNPRST") if c == "A" else str(r.randrange(10)) for c in IBANS[country])
    turned = "".join(str(int(c, 36)) for c in f"{body}{country}00")
    return f"{country}{98 - int(turned) % 97:02d}{body}"


def grouped(text: str, *lengths: int, by: str = " ") -> str:
    parts, place = [], 0
    for length in lengths:
        parts.append(text[place : place + length])
        place += length
    return by.join([*parts, text[place:]] if text[place:] else parts)


def nino(r: Random, by: str = "") -> str:
    prefix = r.choice(("AB", "CE", "HJ", "JG", "LM", "NP", "PX", "RS", "SK", "TW", "WM", "YZ"))
    return by.join([prefix, digits(r, 2), digits(r, 2), digits(r, 2), r.choice("ABCD")])


def postcode(r: Random) -> str:
    area = r.choice("E1 E8 E17 N4 N16 NW6 SE5 SE15 SW9 SW16 W3 W12 BR1 CR0 EN3 HA2 IG1 KT6 RM7 SM1 TW3 UB6".split())  # noqa: SIM905
    return f"{area} {r.randrange(1, 10)}{r.choice('ABDEFGHJLNPQRSTUWXYZ')}{r.choice('ABDEFGHJLNPQRSTUWXYZ')}"


def plate(r: Random, by: str = " ") -> str:
    letters = "ABCDEFGHJKLMNOPRSTUVWXY"
    age = r.choice(["05", "09", "12", "15", "18", "21", "23", "54", "58", "61", "66", "70", "73"])
    return f"{r.choice('BDEFGHKLMNPRSVWY')}{r.choice('ABCDEFGHJKLMNPRSTVWXY')}{age}{by}{''.join(r.choice(letters) for _ in range(3))}"


def driving_licence(r: Random, family: str) -> str:
    name = (family.upper().replace("'", "").replace("-", "") + "99999")[:5]
    month = r.randrange(1, 13)
    return f"{name}{r.randrange(5, 10)}{month:02d}{r.randrange(1, 29):02d}{r.randrange(10)}{r.choice('ABJKMRST')}{r.choice('AEJLM9')}{r.randrange(2, 9)}{r.choice('ABCDEVWX')}{r.choice('ABCDEVWX')}"
