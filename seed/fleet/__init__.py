"""A jurisdiction made for a recorded fleet, through the services: ground, one patrol a vehicle, its past duties."""

from seed.fleet.making import Made, make

__all__ = ["Made", "make"]
