"""The table of services 4+X: what each team of volunteers or of a company offers."""

from uuid import UUID

from sqlalchemy import ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class TeamService(Base):
    """A service that a team offers, at its `place` in the team's list. The fixed four carry their names as well."""

    __tablename__ = "team_service"

    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    place: Mapped[int] = mapped_column(SmallInteger)
