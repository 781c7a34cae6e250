"""Does the catalogue answer, and may our account do there what publishing needs?"""

from __future__ import annotations

from flows.doctor.diagnosis import Diagnosis, PartState
from flows.services import Services

CATALOGUE = "catalogue"


def check_catalogue(services: Services) -> Diagnosis:
    """Ask the catalogue what our account may; SetupProblem or TemporaryProblem say why it cannot be used."""
    return Diagnosis(CATALOGUE, PartState.IN_ORDER, services.catalogue.prove_access())
