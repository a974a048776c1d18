"""The life of a supervision order 督办: a centre, or the clock, presses for an answer until it has one."""

from enum import StrEnum


class Grade(StrEnum):
    """普通, 黄牌, 红牌: how hard is pressed. A grade only rises."""

    NORMAL = "normal"
    YELLOW = "yellow"
    RED = "red"
