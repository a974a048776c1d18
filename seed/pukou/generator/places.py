"""Decides where streets and some communities lie: rough WGS 84 anchors from public geography, not surveyed."""

from dataclasses import dataclass

LonLat = tuple[float, float]


@dataclass(frozen=True)
class Territory:
    """A street-level unit on the ground: it owns what lies nearer (less ``reach_km``) to its anchors than to others."""

    cells: int
    anchors: tuple[LonLat, ...]
    reach_km: float = 0.0


TERRITORIES: dict[str, Territory] = {
    # 泰山: along the Yangtze bridge and the old railway town
    "320111001000": Territory(75, ((118.722, 32.135), (118.732, 32.105), (118.706, 32.150))),
    # 顶山: between 江浦 and 泰山
    "320111002000": Territory(48, ((118.692, 32.095), (118.668, 32.083), (118.705, 32.115))),
    # 沿江: north-east, along the river towards 大厂
    "320111003000": Territory(54, ((118.760, 32.175), (118.741, 32.183), (118.748, 32.150), (118.728, 32.163))),
    # 江浦: the district town and the river bank to the south-west
    "320111004000": Territory(90, ((118.628, 32.058), (118.592, 32.028), (118.655, 32.045), (118.575, 32.055))),
    # 桥林: the south-west with 乌江
    "320111005000": Territory(90, ((118.512, 31.958), (118.480, 31.890), (118.455, 31.960), (118.550, 31.945))),
    # 汤泉: hot-spring town north of the hills' western end
    "320111006000": Territory(56, ((118.478, 32.095), (118.450, 32.085), (118.505, 32.112))),
    # 盘城: the northern tip
    "320111007000": Territory(48, ((118.700, 32.212), (118.680, 32.230), (118.728, 32.192), (118.731, 32.184))),
    # 星甸: the west
    "320111008000": Territory(54, ((118.445, 32.035), (118.410, 32.035), (118.490, 32.022))),
    # 永宁: north, beyond the hills
    "320111009000": Territory(44, ((118.575, 32.160), (118.545, 32.148), (118.615, 32.170))),
    # 老山林场: the ridge in the middle
    "320111400000": Territory(12, ((118.545, 32.085), (118.580, 32.102), (118.615, 32.118)), -0.4),
    "320111401000": Territory(6, ((118.515, 32.145),), -1.2),
    "320111402000": Territory(6, ((118.655, 32.125),), -0.6),
    # 浦口经济开发区: at 桥林 new town
    "320111403000": Territory(9, ((118.552, 31.985),), -0.9),
    # 浦口高新技术产业开发区: west of the district town
    "320111404000": Territory(9, ((118.528, 32.032),), -0.6),
    # 高新技术开发区: between 泰山 and 盘城
    "320111450000": Territory(9, ((118.678, 32.168),), -0.6),
}

# (centre, how many times denser than open country, radius in km): small cells where people live.
TOWNS: tuple[tuple[LonLat, float, float], ...] = (
    ((118.722, 32.138), 8.0, 2.2),
    ((118.733, 32.100), 5.0, 1.5),
    ((118.690, 32.098), 5.0, 1.8),
    ((118.625, 32.058), 9.0, 2.2),
    ((118.750, 32.165), 5.0, 1.8),
    ((118.705, 32.208), 4.0, 1.6),
    ((118.512, 31.962), 6.0, 1.8),
    ((118.480, 31.868), 3.0, 1.2),
    ((118.490, 32.098), 4.0, 1.4),
    ((118.442, 32.037), 4.0, 1.3),
    ((118.572, 32.162), 4.0, 1.3),
)

# Communities whose whereabouts are widely known; the rest take the places left over, west to east.
KNOWN_COMMUNITIES: dict[str, LonLat] = {
    "320111001005": (118.734, 32.096),  # 津浦: the old railway station
    "320111001024": (118.737, 32.092),  # 码头: the ferry
    "320111001020": (118.738, 32.118),  # 大桥: the Yangtze bridge
    "320111001017": (118.726, 32.136),  # 桥北
    "320111001038": (118.702, 32.165),  # 花旗
    "320111002015": (118.668, 32.108),  # 珍珠路
    "320111002017": (118.672, 32.078),  # 七里桥
    "320111004006": (118.622, 32.066),  # 求雨山
    "320111004014": (118.568, 32.025),  # 高旺
    "320111004015": (118.635, 32.055),  # 珠江
    "320111004023": (118.590, 31.995),  # 西江口
    "320111005011": (118.478, 31.862),  # 乌江
    "320111005217": (118.510, 31.975),  # 刘公
    "320111006206": (118.470, 32.075),  # 瓦殿
    "320111007001": (118.705, 32.210),  # 盘城
    "320111009001": (118.572, 32.162),  # 永宁
    "320111009003": (118.535, 32.150),  # 东葛
}
