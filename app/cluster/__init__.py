"""The database at hand: a private PostgreSQL with PostGIS, made when nobody names one. Needs no package of its own."""

from app.cluster.programs import ClusterError
from app.cluster.provision import obtain
from app.cluster.server import Cluster, data_dir

__all__ = ["Cluster", "ClusterError", "data_dir", "obtain"]
