"""A jurisdiction made out of recorded points, through the services: ground, organisation, catalogue, accounts."""

from seed.jurisdiction.making import Made, make

__all__ = ["Made", "make"]
