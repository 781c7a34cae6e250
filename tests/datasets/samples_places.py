"""Places that people look for: toilets and polling stations."""

from __future__ import annotations

from tests.datasets.made_up import Toilet, toilets
from tests.datasets.sample import Linked, Row, Sample


def camden_toilet(t: Toilet) -> Row:
    return {
        "Name": t.name,
        "Status": "Available",
        "Time of Day": "Daytime",
        "Opening Hours": t.hours,
        "Building Name": t.building,
        "Building Number": t.house,
        "Street": t.street,
        "Postcode": t.postcode,
        "Telephone": "020 7946 0100 (call centre)",
        "E-Mail": "",
        "Website": "https://toilets.example/camden",
        "Ward Code": t.ward_code,
        "Ward Name": t.ward,
        "Easting": str(t.easting),
        "Northing": str(t.northing),
        "Longitude": f"{t.longitude:.6f}",
        "Latitude": f"{t.latitude:.6f}",
        "Location": f"({t.latitude:.6f}, {t.longitude:.6f})",
        "Spatial Accuracy": "Local Land And Property Gazetteer",
        "Last Uploaded": "08/01/2026 02:22:02 PM",
        "Socrata ID": str(t.number),
        "Organisation URI": "http://opendatacommunities.org/id/london-borough-council/camden",
    }


def city_toilet(t: Toilet) -> Row:
    return {
        "X": f"{t.longitude - 0.04:.6f}",
        "Y": f"{t.latitude - 0.03:.6f}",
        "OBJECTID": str(t.number),
        "Name": t.name,
        "Address": f"{t.house} {t.street}".strip(),
        "Monday___Friday": t.hours or "07:30 - 19:00",
        "Saturday": "10:00 - 18:00",
        "Sunday": "Closed" if t.number % 3 else "10:00 - 17:00",
        "Bank_Holidays": "Closed",
        "Type": ("Attended", "Automatic", "Community toilet scheme")[t.number % 3],
        "Accessible_Toilets": ("Yes", "No", "yes", "null")[t.number % 4],
        "Baby_Changing_Facilities": ("Yes", "null", "No")[t.number % 3],
    }


SAMPLES: dict[str, Sample | Linked] = {
    "public-toilets/camden": Sample("Public_Conveniences.csv", toilets, camden_toilet, 44),
    "public-toilets/city-of-london": Sample("Public_Toilets.csv", toilets, city_toilet, 40),
}
