"""The same ledgers as for the flows."""

from __future__ import annotations

from tests.flows.conftest import ledger_url, postgres

__all__ = ["ledger_url", "postgres"]
