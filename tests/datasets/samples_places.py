"""Places that people look for: toilets and polling stations."""

from __future__ import annotations

from tests.datasets.made_up import Station, Toilet, stations, toilets
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
        "X": f"{t.longitude:.6f}",
        "Y": f"{t.latitude:.6f}",
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


def point(place: Toilet | Station) -> Row:
    return {"type": "Point", "coordinates": [place.longitude, place.latitude]}


def map_toilet(t: Toilet) -> Row:
    return {
        "OBJECTID": t.number,
        "Label": t.name,
        "Location": t.building or None,
        "Street": t.street,
        "Type": ("Public", "Community toilet scheme")[t.number % 2],
        "Disabled_Access_YN": "Y" if t.number % 3 else "N",
        "Borough": "Kensington and Chelsea",
        "geometry": point(t),
    }


def property_toilet(t: Toilet) -> Row:
    return {
        "OBJECTID": t.number,
        "PROPERTY": t.name,
        "OPEN_CLOSE": "Open",
        "UPRN": 100_023_000_000 + t.number if t.number % 9 else None,
        "EASTING": t.easting,
        "NORTHING": t.northing,
        "OPEN_HRS": t.hours or "24 hours",
        "RESPONSIB": "Environment",
        "geometry": point(t),
    }


def national_toilet(t: Toilet) -> Row:
    return {
        "LocationText": t.name,
        "GeoX": f"{t.longitude:.6f}",
        "GeoY": f"{t.latitude:.6f}",
        "Category": ("unisex", "female and male")[t.number % 2],
        "AccessibleCategory": "unisex",
        "BabyChange": ("yes", "no")[t.number % 2],
        "OpeningHours": "opening_hours=24/7",
        "ManagedBy": "Parks team",
        "Notes": "Park toilets",
        "Postcode": t.postcode,
        "StreetAddress": t.street,
    }


# --- polling stations -------------------------------------------------------------------------------------------------


def portal_station(s: Station) -> Row:
    return {
        "Election Name": "Council elections - 7 May 2026",
        "Polling District Name": s.district,
        "Organisation": s.name.upper(),
        "Street": s.street,
        "Postcode": s.postcode,
        "Ward Name": s.ward,
        "Parliamentary Constituency Name": "Canalside and Old Wharf",
        "Easting": str(s.easting),
        "Northing": str(s.northing),
        "Longitude": str(s.longitude),
        "Latitude": str(s.latitude),
        "Location": f"({s.latitude}, {s.longitude})",
        "Spatial Accuracy": "Local Land And Property Gazetteer",
        "Socrata ID": str(s.number),
        "Last Uploaded": "07/06/2026 02:09:29 PM",
    }


def code_station(s: Station) -> Row:
    return {
        "OBJECTID": s.number,
        "CODE": s.district,
        "ADDRESS": f"{s.name}, {s.street}, {s.postcode}",
        "NAME": s.name,
        "GoogleFriendlyAddress": None,
        "geometry": point(s),
    }


def joined_station(s: Station) -> Row:
    whole = f"{s.name}, {s.street}, London, {s.postcode}"
    return {
        "OBJECTID": s.number,
        "EASTING": s.easting if s.number % 10 else None,
        "NORTHING": s.northing if s.number % 10 else None,
        "UPRN": 100_023_400_000 + s.number if s.number % 5 else None,
        "POLLINGDISTRICT": s.district if s.number % 7 else f"{s.district}1 & {s.district}2",
        "POLLINGPLACENAME": whole + ("\r\n" if s.number % 4 == 0 else ""),
        "LEGEND2": f"{s.district}, {whole}",
        "geometry": point(s),
    }


def cut_station(s: Station) -> Row:
    return {
        "OBJECTID": s.number,
        "POLLING_ST": "Polling Stations",
        "POLLING_DI": s.district,
        "POLLING__1": f"{s.name}, {s.street}",
        "POSTCODE": s.postcode,
        "WARD": s.ward.upper(),
        "LOCATION": s.name,
        "geometry": point(s),
    }


def city_station(s: Station) -> Row:
    return {
        "GmlID": f"Polling_Places.{s.number}",
        "OBJECTID": s.number,
        "Address": f"{s.name}, {s.street} {s.postcode}",
        "geometry": point(s),
    }


def grid_station(s: Station) -> Row:
    parts = {f"PollingPlaceAddress{place}": "" for place in range(2, 7)}
    parts |= {"PollingPlaceAddress2": s.street, "PollingPlaceAddress5": "London"}
    return {
        "PollingDistrictReference": f"{s.district} " if s.number % 9 == 0 else s.district,
        "PollingPlaceAddress1": s.name,
        **parts,
        "Postcode": s.postcode,
        "Easting": str(s.easting),
        "Northing": str(s.northing),
    }


def address_station(s: Station) -> Row:
    return {
        "Polling place - name": s.name,
        "Polling place - address": f"{s.street}, Barnet {s.postcode}",
        "Ward": s.ward,
        "Polling district": s.district,
    }


SAMPLES: dict[str, Sample | Linked] = {
    "public-toilets/camden": Sample("Public_Conveniences.csv", toilets, camden_toilet, 44),
    "public-toilets/city-of-london": Sample("Public_Toilets.csv", toilets, city_toilet, 40),
    "public-toilets/kensington-and-chelsea": Sample("Public_Toilets.geojson", toilets, map_toilet, 30),
    "public-toilets/lambeth": Sample("public-toilets.geojson", toilets, property_toilet, 30),
    "public-toilets/barnet": Sample("public-toilets.csv", toilets, national_toilet, 26, "cp1252"),
    "polling-stations/camden": Sample("polling-stations.csv", stations, portal_station, 61),
    "polling-stations/kingston-upon-thames": Sample("Polling_Stations.geojson", stations, code_station, 53),
    "polling-stations/lambeth": Sample("PollingStations.geojson", stations, joined_station, 80),
    "polling-stations/hammersmith-and-fulham": Sample("Polling_Stations.geojson", stations, cut_station, 70),
    "polling-stations/city-of-london": Sample("Polling_Places.geojson", stations, city_station, 4),
    "polling-stations/wandsworth": Sample("polling_stations.csv", stations, grid_station, 75),
    "polling-stations/barnet": Sample("Polling stations.csv", stations, address_station, 60, "cp1252"),
}
