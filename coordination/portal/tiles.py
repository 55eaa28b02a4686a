"""A tile map: one square a province, placed roughly where the province lies, so that no map file is needed.

Keyed by the province's official code. A country without tiles here shows the list alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

STEP, SIDE = 46, 42
# Column, row and letters of each of Ecuador's 24 provinces.
PLACES: dict[str, tuple[int, int, str]] = {
    "20": (0, 1, "GAL"), "08": (2, 0, "ESM"), "04": (3, 0, "CAR"), "23": (2, 1, "SDT"), "10": (3, 1, "IMB"),
    "21": (4, 1, "SUC"), "13": (1, 2, "MAN"), "12": (2, 2, "LRI"), "17": (3, 2, "PIC"), "15": (4, 2, "NAP"),
    "22": (5, 2, "ORE"), "24": (0, 3, "STE"), "09": (1, 3, "GUA"), "02": (2, 3, "BOL"), "05": (3, 3, "COT"),
    "18": (4, 3, "TUN"), "16": (5, 3, "PAS"), "03": (2, 4, "CAÑ"), "06": (3, 4, "CHI"), "14": (4, 4, "MOR"),
    "07": (1, 5, "EOR"), "01": (2, 5, "AZU"), "19": (3, 5, "ZAM"), "11": (2, 6, "LOJ"),
}  # fmt: skip


@dataclass(frozen=True)
class Tile:
    """One square, ready to draw: ``depth`` 0 to 3 says how dark it is."""

    x: int
    y: int
    letters: str
    count: int

    @property
    def depth(self) -> int:
        return 0 if not self.count else 1 if self.count == 1 else 2 if self.count < 5 else 3

    @property
    def center_x(self) -> int:
        return self.x + SIDE // 2

    @property
    def text_y(self) -> int:
        return self.y + (19 if self.count else 25)

    @property
    def count_y(self) -> int:
        return self.y + 34


def tiles(counts: Mapping[str, int]) -> list[Tile]:
    """The tiles with their counts, by province code; unknown codes are left out."""
    return [
        Tile(x=1 + column * STEP, y=1 + row * STEP, letters=letters, count=counts.get(code, 0))
        for code, (column, row, letters) in PLACES.items()
    ]
