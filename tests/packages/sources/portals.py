"""Small portals that behave like the real ones, as far as a reader of public data meets them."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.packages.sources.server import Answer, Query, Server, send, send_json, send_page

Row = dict[str, Any]


def as_csv(rows: Sequence[Row], columns: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def some_rows(count: int, start: int = 1) -> list[Row]:
    return [{"id": n, "supplier": f"Supplier {n}\nLimited", "amount": n + 0.5} for n in range(start, start + count)]


class Portal:
    """Rows of three columns, and a number that goes up with every change of them."""

    columns: tuple[str, ...] = ("id", "supplier", "amount")

    def __init__(self) -> None:
        self.rows = some_rows(25)
        self.stamp = 1_764_000_000

    def change(self) -> None:
        self.rows.append(some_rows(1, start=len(self.rows) + 1)[0])
        self.stamp += 60

    def __call__(self, path: str, query: Query) -> Answer:
        return send(b"no such page", status=404)


class FilePortal(Portal):
    """A plain web server with the validators of Apache, and a page that links its files."""

    page = (
        '<nav><a href="/login">Log in</a></nav>'
        '<p><a href="files/spend-may-2026.csv">Payments over £500, <b>May 2026</b></a></p>'
        '<p><a href="files/spend-june-2026.csv?v=2">Payments over £500, June 2026</a></p>'
        '<p><a href="files/spend-april-2026.csv">Payments over £500, April 2026</a></p>'
    )

    def __call__(self, path: str, query: Query) -> Answer:
        if path == "/council/":
            return send_page(self.page)
        if path == "/council/files/spend-june-2026.csv":
            return self._file
        return super().__call__(path, query)

    def _file(self, handler: Any) -> None:
        tag = f'"{self.stamp}"'
        if handler.headers.get("If-None-Match") == tag:
            return send(b"", status=304, ETag=tag)(handler)
        return send(as_csv(self.rows, self.columns), ETag=tag)(handler)


class SocrataPortal(Portal):
    """A thousand rows unless asked for more, 50,000 at most, any order unless asked for one."""

    dataset = "abcd-1234"
    default = 1_000

    def __call__(self, path: str, query: Query) -> Answer:
        if path == f"/api/views/{self.dataset}.json":
            return send_json({"id": self.dataset, "rowsUpdatedAt": self.stamp, "viewLastModified": self.stamp})
        if path == f"/resource/{self.dataset}.json" and query.get("$select") == "count(*) as n":
            return send_json([{"n": str(len(self.rows))}])
        if path == f"/resource/{self.dataset}.csv":
            return send(self._page(query), Content_Type="text/csv; charset=utf-8")
        return send_json({"error": True, "message": "Not found"}, status=404)

    def _page(self, query: Query) -> bytes:
        offset, limit = int(query.get("$offset", 0)), min(int(query.get("$limit", self.default)), 50_000)
        rows = self.rows if query.get("$order") else self.rows[::-1]
        return as_csv(rows[offset : offset + limit], self.columns)


class ArcgisPortal(Portal):
    """An ArcGIS server: errors with status 200, pages no longer than it likes, dates in milliseconds."""

    layer = "/arcgis/rest/services/Planning/FeatureServer/0"
    most = 10
    paged = True
    dated = True
    geojson_says_more_inside = True
    columns = ("OBJECTID", "name", "designated")

    def __init__(self) -> None:
        super().__init__()
        self.rows = [self._row(n) for n in range(1, 26)]

    def _row(self, n: int) -> Row:
        return {"OBJECTID": n, "name": f"Area {n}", "designated": 1_751_324_400_000}

    def change(self) -> None:
        self.rows.append(self._row(len(self.rows) + 1))
        self.stamp += 60_000

    def __call__(self, path: str, query: Query) -> Answer:
        if path == self.layer:
            return send_json(self._described())
        if path != f"{self.layer}/query":
            return send_json({"error": {"code": 404, "message": "Service not found", "details": []}})
        if query.get("returnCountOnly"):
            return send_json({"count": len(self.rows)})
        if query.get("returnIdsOnly"):
            return send_json({"objectIdFieldName": "OBJECTID", "objectIds": [r["OBJECTID"] for r in self.rows[::-1]]})
        return self._query(query)

    def _described(self) -> Row:
        kinds = ("esriFieldTypeOID", "esriFieldTypeString", "esriFieldTypeDate")
        told: Row = {
            "id": 0,
            "type": "Feature Layer",
            "objectIdField": "OBJECTID",
            "maxRecordCount": self.most,
            "fields": [{"name": n, "type": k} for n, k in zip(self.columns, kinds, strict=True)],
            "advancedQueryCapabilities": {"supportsPagination": self.paged},
        }
        return told | ({"editingInfo": {"lastEditDate": self.stamp}} if self.dated else {})

    def _query(self, query: Query) -> Answer:
        if query.get("resultOffset") and not self.paged:
            return send_json({"error": {"code": 400, "message": "Pagination is not supported.", "details": []}})
        rows = sorted(self._where(query["where"]), key=lambda r: int(r["OBJECTID"]))
        offset = int(query.get("resultOffset", 0))
        got = rows[offset : offset + min(int(query.get("resultRecordCount", self.most)), self.most)]
        more = {"exceededTransferLimit": True} if offset + len(got) < len(rows) else {}
        if query["f"] == "json":
            return send_json({"features": [{"attributes": row} for row in got]} | more)
        inside = {"properties": more} if self.geojson_says_more_inside and more else more
        return send_json({"type": "FeatureCollection", **inside, "features": [self._feature(row) for row in got]})

    def _where(self, where: str) -> list[Row]:
        if "OBJECTID >= " not in where:
            return self.rows
        first, last = where.partition("OBJECTID >= ")[2].split(" AND OBJECTID <= ")
        return [row for row in self.rows if int(first) <= row["OBJECTID"] <= int(last)]

    def _feature(self, row: Row) -> Row:
        point = {"type": "Point", "coordinates": [-0.1 - row["OBJECTID"] / 1_000, 51.5]}
        return {"type": "Feature", "id": row["OBJECTID"], "geometry": point, "properties": row}


class CkanPortal(Portal):
    """A CKAN below a folder of its host, with two months of a file and the rows of one in the DataStore."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server
        self.nested = False

    def __call__(self, path: str, query: Query) -> Answer:
        resources = [self._resource("may", "Spend May 2026"), self._resource("june", "Spend June 2026")]
        if path == "/data/api/3/action/resource_show":
            return self._shown(next((r for r in resources if r["id"] == query["id"]), None))
        if path == "/data/api/3/action/package_show" and query["id"] == "spend":
            inside = {"organization": {"resources": resources}} if self.nested else {"resources": resources}
            return self._shown({"name": "spend"} | inside)
        if path == "/data/api/3/action/datastore_search":
            return self._shown({"total": len(self.rows), "records": []})
        if path in ("/data/datastore/dump/june", "/files/june.csv"):
            return send(as_csv(self.rows, self.columns))
        return self._shown(None)

    def _resource(self, name: str, title: str) -> Row:
        created = {"may": "2026-07-01T09:00:00", "june": "2026-06-30T09:00:00"}[name]
        return {"id": name, "name": title, "url": self.server.url(f"/files/{name}.csv"), "created": created}

    def _shown(self, result: Row | None) -> Answer:
        if result is None:
            error = {"__type": "Not Found Error", "message": "Not found"}
            return send_json({"success": False, "error": error}, status=404)
        return send_json({"success": True, "result": result})


class WfsPortal(Portal):
    """A GeoServer: counts only as XML, pages only in an order, the time of day in every answer, errors as XML."""

    columns: tuple[str, ...] = ("FID", "name", "note")
    most = 8
    counted = True

    def __init__(self) -> None:
        super().__init__()
        self.rows = [self._row(n) for n in range(1, 26)]
        self.clock = 0

    def _row(self, n: int) -> Row:
        return {"FID": f"areas.{n}", "name": f"Area {n}", "note": "two\nlines"}

    def change(self) -> None:
        self.rows.append(self._row(len(self.rows) + 1))

    def __call__(self, path: str, query: Query) -> Answer:
        self.clock += 1
        name = query.get("typeNames") or query.get("typeName")
        if path != "/geoserver/planning/wfs" or query.get("request") != "GetFeature":
            return send(b"no such page", status=404)
        if name != "planning:areas" or ("startIndex" in query and "sortBy" not in query):
            return send(
                b'<?xml version="1.0"?><ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="2.0.0">'
                b"<ows:Exception><ows:ExceptionText>Unknown</ows:ExceptionText></ows:Exception></ows:ExceptionReport>"
            )
        if query.get("resultType") == "hits":
            return send(self._collection([]), Content_Type="text/xml")
        start = int(query.get("startIndex", 0))
        wanted = int(query.get("count") or query.get("maxFeatures") or 1_000_000)
        limit = min(wanted, self.most) if "startIndex" in query or "sortBy" in query else wanted
        return self._features(self.rows[start : start + limit], query.get("outputFormat", ""))

    def _features(self, rows: Sequence[Row], wanted: str) -> Answer:
        if wanted == "csv":
            return send(as_csv(rows, self.columns), Content_Type="text/csv")
        if wanted != "application/json":
            return send(self._collection(rows), Content_Type="text/xml")
        crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
        features = [{"type": "Feature", "id": r["FID"], "geometry": None, "properties": r} for r in rows]
        return send_json(
            {
                "type": "FeatureCollection",
                "features": features,
                "numberMatched": len(self.rows),
                "timeStamp": f"2026-07-01T09:00:{self.clock:02}Z",
                "crs": crs,
            }
        )

    def _collection(self, rows: Sequence[Row]) -> bytes:
        matched = len(self.rows) if self.counted else "unknown"
        members = "".join(
            f"<wfs:member><p:areas gml:id='{row['FID']}'><p:name>{row['name']}</p:name></p:areas></wfs:member>"
            for row in rows
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?><wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0"'
            ' xmlns:gml="http://www.opengis.net/gml/3.2"'
            f' numberMatched="{matched}" numberReturned="{len(rows)}" timeStamp="2026-07-01T09:00:{self.clock:02}Z">'
            f"{members}</wfs:FeatureCollection>"
        ).encode()


class DatapressPortal(Portal):
    """The London Datastore: resources in an object by identifier, each with the MD5 of its bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.hashed = True

    @property
    def body(self) -> bytes:
        return as_csv(self.rows, self.columns)

    def __call__(self, path: str, query: Query) -> Answer:
        if path in ("/api/v3/dataset/24rle", "/api/v3/dataset/spend"):
            return send_json(self._described())
        if path == "/download/24rle/abc":
            return send(self.body, Content_Type="application/octet-stream")
        return send_json({"error": "not found"}, status=404)

    def _described(self) -> Row:
        digest = {"hash": hashlib.md5(self.body, usedforsecurity=False).hexdigest()} if self.hashed else {}
        files = {
            "old": {"title": "Spend", "timeFrame": {"from": "2026-04", "to": "2026-05"}, "order": 0, "format": "csv"},
            "abc": {"title": "Spend", "timeFrame": {"from": "2026-06", "to": "2026-06"}, "order": 1, "format": "csv"},
            "pdf": {"title": "Notes 2026-07", "timeFrame": None, "order": 2, "format": "pdf"},
        }
        files["abc"] |= digest
        return {"id": "24rle", "title": "Spend", "resources": files}


class OpendatasoftPortal(Portal):
    """An Opendatasoft portal of version 2.1."""

    def __call__(self, path: str, query: Query) -> Answer:
        base = "/api/explore/v2.1/catalog/datasets/spend"
        if path == base:
            times = {"data_processed": str(self.stamp), "modified": "2026-06-30T09:00:00+00:00"}
            return send_json({"dataset_id": "spend", "metas": {"default": times | {"records_count": len(self.rows)}}})
        if path == f"{base}/records":
            return send_json({"total_count": len(self.rows), "results": []})
        if path == f"{base}/exports/csv":
            body = as_csv(self.rows, self.columns)
            return send(body if query.get("delimiter") == "," else body.replace(b",", b";"))
        return send_json({"error_code": "UnknownDataset", "message": "Unknown"}, status=404)


class SheetsPortal(Portal):
    """Google's spreadsheets, which pass on to where the bytes are."""

    def __call__(self, path: str, query: Query) -> Answer:
        if path == "/spreadsheets/d/KEY/export" and query == {"format": "csv", "gid": "7"}:
            return send(b"", status=307, Location="/export/bytes?id=1")
        if path == "/spreadsheets/d/e/KEY/pub" and query == {"output": "csv", "gid": "7", "single": "true"}:
            return send(b"", status=307, Location="/export/bytes?id=2")
        if path == "/export/bytes":
            return send(as_csv(self.rows, self.columns))
        return send_page("Sorry, unable to open the file")


class BucketPortal(Portal):
    """An object store that speaks S3, its newest drop on the second page of the list; `check` sees each request."""

    check: Callable[[BaseHTTPRequestHandler], bool] = staticmethod(lambda _: True)

    def __call__(self, path: str, query: Query) -> Answer:
        answer = self._answer(path, query)
        return lambda handler: (answer if self.check(handler) else send(b"<Error/>", status=403))(handler)

    def _answer(self, path: str, query: Query) -> Answer:
        name = f"spend/june {self.stamp}+£.csv"
        body = as_csv(self.rows, self.columns)
        if path == f"/drops/{name}":
            return send(body, ETag=f'"{self.stamp}"')
        if path != "/drops" or query.get("list-type") != "2":
            return send(b"<Error><Code>NoSuchKey</Code></Error>", status=404)
        if "continuation-token" not in query:
            return _bucket_list([("spend/", 0, 9), ("spend/may.csv", 5, 1), ("spend/read me.txt", 5, 9)], more=True)
        return _bucket_list([(name, len(body), 5), ("spend/.hidden.csv", 3, 9)], more=False)


def _bucket_list(drops: Sequence[tuple[str, int, int]], *, more: bool) -> Answer:
    told = "".join(
        f"<Contents><Key>{key}</Key><LastModified>2026-07-0{day}T00:00:00.000Z</LastModified>"
        f"<ETag>&quot;{key}&quot;</ETag><Size>{size}</Size></Contents>"
        for key, size, day in drops
    )
    rest = "<IsTruncated>true</IsTruncated><NextContinuationToken>a/b+c=</NextContinuationToken>" if more else ""
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    text = f'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="{space}">{told}{rest}</ListBucketResult>'
    return send(text.encode(), Content_Type="application/xml")
