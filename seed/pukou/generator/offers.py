"""What the demo district's public may report, and what it is asked; see docs/open311.md."""

from typing import Any


def _offer(zh: str, en: str, group: str, *questions: dict[str, Any], **more: Any) -> dict[str, Any]:
    asked = {"questions": list(questions)} if questions else {}
    return {"description": zh, "description_en": en, "group": group, "is_shown": True} | asked | more


def _one_of(code: str, zh: str, en: str, **values: tuple[str, str]) -> dict[str, Any]:
    listed = [{"key": key, "name": name, "name_en": name_en} for key, (name, name_en) in values.items()]
    asked = {"code": code, "datatype": "singlevaluelist", "required": True, "description": zh, "description_en": en}
    return asked | {"hint": "选一项", "values": listed}


SIZE = _one_of("size", "破损多大？", "How large is it?", small=("不到一平方米", "below 1 m²"), large=("更大", "larger"))
LAMPS = {
    "code": "lamps",
    "datatype": "number",
    "description": "几盏不亮？",
    "description_en": "How many lamps are out?",
}
OFFERS = {
    "C0137": _offer("路灯不亮、倾斜、破损", "Lamps that are out, leaning or broken", "设施", LAMPS),
    "E0110": _offer("生活垃圾未入箱", "Household refuse beside the bin", "环境"),
    "E0113": _offer(
        "路面坑洞、裂缝、地砖松动", "Potholes, cracks, loose paving", "道路", SIZE, keywords=["road", "paving"]
    ),
    "E0406": _offer("占用车行道经营", "Trading on the roadway", "秩序"),
    "E0506": _offer("雨后道路积水", "Water on the road", "道路"),
    "E9301": _offer(
        "邻里、消费等纠纷", "Disputes between neighbours or traders", "民生", is_shown=False, id_at_once=False
    ),
}
"""By category. A dispute is not shown to others, and has a number only once the centre takes it up."""
