"""``gsx plugins doctor``: each installed plugin, loaded in a process of its own and looked at."""

from gsx.plugins.doctor.findings import Finding
from gsx.plugins.doctor.ward import Patient, examine_installed

__all__ = ["Finding", "Patient", "examine_installed"]
