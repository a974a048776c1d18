"""The table of a run: medians of the rounds, the ratio of both sides, and what a hundred times the data costs."""

from statistics import median

from bench.data import HERE
from bench.loading import Measured
from bench.works import WORKS, Work

Figures = dict[tuple[str, int, str], list[Measured]]
FILE = HERE.parent / "docs" / "performance.md"
BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
HEAD = (
    "| work | incidents | API/s, 1 process | API/s, 2 | plain SQL/s | ratio, 1 | ratio, 2 | target | p50 ms | p99 ms"
    " | CPU ms, API | CPU ms, database | of it plain SQL | refused |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
)


def written(figures: Figures, sizes: list[int], how: str) -> str:
    """The tables as text; also put into `docs/performance.md`, where its marks say."""
    works = [work for work in WORKS if (work.name, sizes[0], "plain SQL") in figures]
    table = HEAD + "".join(_line(figures, work, size) for work in works for size in sizes)
    text = f"{BEGIN}\n\nMedians of {how}.\n\n{table}\n{_growth(figures, works, sizes)}\n{END}"
    if FILE.exists() and len(works) == len(WORKS):
        before, _, rest = FILE.read_text().partition(BEGIN)
        FILE.write_text(before + text + rest.partition(END)[2])
    return text + "\n"


def _of(figures: Figures, name: str, size: int, side: str) -> Measured:
    """The median of each figure."""
    return Measured(*(median(column) for column in zip(*figures[name, size, side], strict=True)))


def _ratio(figures: Figures, name: str, size: int, side: str, to: str = "plain SQL") -> float:
    """The median of the rounds' ratios: the two sides of one round ran right after one another."""
    pairs = zip(figures[name, size, side], figures[name, size, to], strict=True)
    return median(one.rate / other.rate for one, other in pairs)


def _line(figures: Figures, work: Work, size: int) -> str:
    one, two, plain = (_of(figures, work.name, size, side) for side in ("1 process", "2 processes", "plain SQL"))
    ratios = [_ratio(figures, work.name, size, side) for side in ("1 process", "2 processes")]
    extra = "".join(
        f" ({_ratio(figures, work.name, size, '1 process', side):.2f} of a {side} select)" for side in work.extra
    )
    cells = [
        work.name, f"{size:,}", f"{one.rate:,.0f}", f"{two.rate:,.0f}", f"{plain.rate:,.0f}", f"{ratios[0]:.2f}{extra}",
        f"{ratios[1]:.2f}", "" if work.target is None else f"≥ {work.target}", f"{one.p50_ms:.1f}", f"{one.p99_ms:.1f}",
        f"{one.api_cpu_ms:.2f}", f"{one.database_cpu_ms:.2f}", f"{plain.database_cpu_ms:.2f}", f"{one.refused:.1%}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


def _growth(figures: Figures, works: list[Work], sizes: list[int]) -> str:
    if len(sizes) == 1:
        return ""
    first, last = sizes[0], sizes[-1]
    head = (
        f"| work | API slower from {first:,} to {last:,} | plain SQL slower | limit |\n| --- | ---: | ---: | ---: |\n"
    )
    return head + "".join(
        f"| {work.name} | {_slower(figures, work.name, first, last, '1 process'):.2f} × |"
        f" {_slower(figures, work.name, first, last, 'plain SQL'):.2f} × | ≤ 1.3 × |\n"
        for work in works
    )


def _slower(figures: Figures, name: str, first: int, last: int, side: str) -> float:
    pairs = zip(figures[name, first, side], figures[name, last, side], strict=True)
    return median(small.rate / big.rate for small, big in pairs)
