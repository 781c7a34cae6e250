"""Where the places of a table lie, and whether its shapes are shapes."""

from __future__ import annotations

from quality.places.part import places_part

__all__ = ["places_part"]
