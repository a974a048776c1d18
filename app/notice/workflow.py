"""Who must know of what, how pressing it is, and in which words. One aligned row a notice; nothing here reads or writes.

Words name places and times by number, cell and code: never a person, a contact, a note or a position.
"""

from collections.abc import Mapping
from enum import StrEnum
from string import Formatter
from typing import Any, NamedTuple

from app.identity.workflow import Role


class Urgency(StrEnum):
    """info: to know. action: somebody has something to do. alarm: at once."""

    INFO = "info"
    ACTION = "action"
    ALARM = "alarm"


class Where(StrEnum):
    """Whose people are told. Roles at an organisation are those nearest to it, at it or above, who hold any of them."""

    CENTRE = "the commanding centre"
    BEFORE = "the centre that commanded before"
    PARENT = "the centre above"
    RUNG = "the centre and roles that the fact names"
    LEAD = "the leading department"
    CREWS = "the crews on duty that lead it or are sent to it"
    CALLED = "the called department"
    TARGET = "who is pressed by the order"
    PARTNER = "the other side of a share"
    PRESSED = "whom this clock presses"
    CREW = "the patrol's crew on duty"
    HOLDER = "who holds the task"
    ASKER = "who asked"
    DECIDERS = "who decides, never who asked"
    REPORTER = "who reported, if out in the field for the grid"
    CALLER = "who called for help"


class To(NamedTuple):
    """Some people: where, and the roles they hold there (none: all who are there)."""

    where: Where
    roles: tuple[Role, ...] = ()


class Row(NamedTuple):
    """One notice: the fact, what its payload must say (`if_`), who is told, how pressing, whether to be acknowledged.

    `on_seat`: what it is about may be out of the crew's sight by then; it is theirs while they sit on the shift.
    """

    kind: str
    topic: str
    to: tuple[To, ...]
    urgency: Urgency
    receipt: bool
    zh: str
    en: str
    if_: Mapping[str, tuple[Any, ...]] = {}
    on_seat: bool = False


W, R = Where, Role
INFO, ACTION, ALARM = Urgency
FIELD = (R.GRID_WORKER, R.PATROL_MEMBER, R.TEAM_LEADER, R.VOLUNTEER)
ACC, DSP, SHL = (To(W.CENTRE, (role,)) for role in (R.ACCEPTOR, R.DISPATCHER, R.SHIFT_LEADER))
DUTY, HEAD = To(W.CENTRE, (R.DISPATCHER, R.SHIFT_LEADER)), To(W.CENTRE, (R.SHIFT_LEADER, R.LEADER))
BEFORE, ABOVE = (To(where, (R.DISPATCHER, R.SHIFT_LEADER)) for where in (W.BEFORE, W.PARENT))
LEAD, CALLED = To(W.LEAD, (R.DEPARTMENT_DESK,)), To(W.CALLED, (R.DEPARTMENT_DESK,))
CALLED_ALL = To(W.CALLED, (R.DEPARTMENT_DESK, R.DEPARTMENT_HANDLER))
TARGET = To(W.TARGET, (R.DISPATCHER, R.SHIFT_LEADER, R.DEPARTMENT_DESK))
RULES = To(W.CENTRE, (R.SHIFT_LEADER, R.LEADER, R.ADMINISTRATOR))
PARTNER = To(W.PARTNER, (R.SHIFT_LEADER, R.LEADER, R.DEPARTMENT_DESK))
REPORTER, CREWS, CREW, HOLDER = To(W.REPORTER, FIELD), To(W.CREWS), To(W.CREW), To(W.HOLDER)
ASKER, DECIDERS, PRESSED, RUNG, CALLER = To(W.ASKER), To(W.DECIDERS), To(W.PRESSED), To(W.RUNG), To(W.CALLER)
HANDLERS = (LEAD, CREWS)
URGENT, ROUTINE = {"priority": (1,)}, {"priority": (2, 3, 4)}
EMERGENCY, OTHER, RED = {"kind": ("emergency",)}, {"kind": ("daily", "key_task")}, {"grade": ("red",)}
LEADS, ASSIST, LASTING = {"role": ("lead",)}, {"role": ("assist",)}, {"ended": (None, False)}
MEANT, EXERCISE = {"status": ("Actual",)}, {"status": ("Exercise",)}
PASSED_ON, SETTLED = {"state": ("pending_acceptor",)}, {"state": ("approved", "rejected")}

# fmt: off
ROWS = (
    #   kind                       fact                      who is told             urgency receipt  zh                                                       en
    Row("report",                  "incident.report",        (ACC,),                 ACTION, False, "{number} 新上报，网格 {cell}，{at}。请受理。",            "{number} reported, cell {cell}, {at}. To accept.", ROUTINE),
    Row("report_urgent",           "incident.report",        (ACC, DUTY),            ALARM,  True,  "紧急：{number} 新上报，网格 {cell}，{at}。请立即受理。",  "Urgent: {number} reported, cell {cell}, {at}. To accept at once.", URGENT),
    Row("self_handled",            "incident.self_handle",   (ACC,),                 ACTION, False, "{number} 已自处置，网格 {cell}，{at}。请核对。",          "{number} handled on the spot, cell {cell}, {at}. To look over."),
    Row("verified",                "incident.report_verification", (ACC,),           ACTION, False, "{number} 核实已反馈，网格 {cell}，{at}。请受理。",        "{number} verified, cell {cell}, {at}. To accept."),
    Row("rejected",                "incident.reject",        (REPORTER,),            INFO,   False, "{number} 不予受理，{at}。",                               "{number} not accepted, {at}."),
    Row("merged",                  "incident.merge",         (REPORTER,),            INFO,   False, "{number} 已并案，{at}。",                                 "{number} merged into another, {at}."),
    Row("unmerged",                "incident.unmerge",       (ACC,),                 ACTION, False, "{number} 撤销并案，网格 {cell}，{at}。请受理。",          "{number} stands alone again, cell {cell}, {at}. To accept."),
    Row("accepted",                "incident.accept",        (SHL,),                 ACTION, False, "{number} 已受理，网格 {cell}，{at}。请立案。",            "{number} accepted, cell {cell}, {at}. To register."),
    Row("registered",              "incident.register",      (DSP,),                 ACTION, False, "{number} 已立案，网格 {cell}，{at}。请派遣。",            "{number} registered, cell {cell}, {at}. To dispatch."),
    Row("sent_back",               "incident.send_back",     (ACC,),                 ACTION, False, "{number} 被回退，网格 {cell}，{at}。请重新受理。",        "{number} sent back, cell {cell}, {at}. To accept anew."),
    Row("lead_moved",              "incident.move_lead",     HANDLERS,               ACTION, True,  "{number} 主办已变更，网格 {cell}，{at}。请主办单位接手。", "{number} has another lead, cell {cell}, {at}. Who leads now takes on."),
    Row("recalled",                "incident.recall",        (DSP,),                 ACTION, True,  "{number} 已撤回，网格 {cell}，{at}。请重新派遣。",        "{number} recalled, cell {cell}, {at}. To dispatch anew."),
    Row("returned",                "incident.return",        (DSP,),                 ACTION, True,  "{number} 被退回，网格 {cell}，{at}。请重新派遣。",        "{number} returned, cell {cell}, {at}. To dispatch anew."),
    Row("finished",                "incident.finish",        (ACC,),                 ACTION, False, "{number} 处置已反馈，网格 {cell}，{at}。请发核查。",      "{number} handled, cell {cell}, {at}. To have checked."),
    Row("bounced",                 "incident.bounce",        HANDLERS,               ACTION, True,  "{number} 被打回，网格 {cell}，{at}。请继续处置。",        "{number} sent back to handling, cell {cell}, {at}. To go on."),
    Row("check_passed",            "incident.pass_check",    (SHL,),                 ACTION, False, "{number} 核查通过，网格 {cell}，{at}。请结案。",          "{number} passed its check, cell {cell}, {at}. To close."),
    Row("rework",                  "incident.fail_check",    HANDLERS,               ACTION, True,  "{number} 核查未通过，网格 {cell}，{at}。请返工。",        "{number} failed its check, cell {cell}, {at}. To do again."),
    Row("rework_centre",           "incident.fail_check",    (DUTY,),                INFO,   False, "{number} 核查未通过，已返工，网格 {cell}，{at}。",        "{number} failed its check and is done again, cell {cell}, {at}."),
    Row("closed",                  "incident.close",         (REPORTER, *HANDLERS),  INFO,   False, "{number} 已结案，{at}。",                                 "{number} closed, {at}."),
    Row("suspended",               "incident.suspend",       (REPORTER, LEAD),       INFO,   False, "{number} 已挂账，{at}。",                                 "{number} suspended, {at}."),
    Row("resumed",                 "incident.resume",        (DSP, *HANDLERS),       ACTION, True,  "{number} 恢复处置，网格 {cell}，{at}。",                  "{number} goes on, cell {cell}, {at}."),
    Row("voided",                  "incident.void",          (REPORTER, LEAD),       INFO,   False, "{number} 已作废，{at}。",                                 "{number} voided, {at}."),
    Row("force_closed",            "incident.force_close",   (REPORTER, LEAD, DUTY), INFO,   False, "{number} 已强制结案，{at}。",                             "{number} closed by force, {at}."),
    Row("reopened",                "incident.reopen",        (DSP,),                 ACTION, True,  "{number} 已重开，网格 {cell}，{at}。请派遣。",            "{number} reopened, cell {cell}, {at}. To dispatch."),
    Row("reopened_reporter",       "incident.reopen",        (REPORTER,),            INFO,   False, "{number} 已重开，{at}。",                                 "{number} reopened, {at}."),
    Row("escalated",               "incident.escalate",      (DUTY,),                ACTION, True,  "{before}将 {number} 上报至{centre}，网格 {cell}，{at}。请接手。", "{before} escalated {number} to {centre}, cell {cell}, {at}. To take on."),
    Row("escalated_from",          "incident.escalate",      (BEFORE, *HANDLERS),    INFO,   False, "{number} 已上报{centre}，{at}。",                         "{number} is now commanded by {centre}, {at}."),
    Row("assigned_down",           "incident.assign_down",   (DUTY,),                ACTION, True,  "{before}将 {number} 交办{centre}，网格 {cell}，{at}。请接手。",   "{before} assigned {number} to {centre}, cell {cell}, {at}. To take on."),
    Row("taken_over",              "incident.take_over",     (BEFORE,),              ACTION, True,  "{centre}已提级指挥 {number}，网格 {cell}，{at}。",        "{centre} took {number} over, cell {cell}, {at}."),
    Row("taken_over_to",           "incident.take_over",     (DUTY,),                ACTION, False, "{number} 已提级至{centre}，网格 {cell}，{at}。请派遣。",  "{number} taken over by {centre}, cell {cell}, {at}. To dispatch."),
    Row("amended",                 "incident.amend",         HANDLERS,               INFO,   False, "{number} 内容已更正，网格 {cell}，{at}。",                "{number} was amended, cell {cell}, {at}."),
    Row("supplemented",            "incident.supplemented",  (DSP, *HANDLERS),       INFO,   False, "{number} 有补充信息，网格 {cell}，{at}。",                "{number} has a supplement, cell {cell}, {at}."),
    Row("told_late",               "incident.tell_late",     (DUTY, *HANDLERS),      ACTION, False, "{number} 有离线终端迟到的回报，网格 {cell}，{at}。请核对。", "{number}: a phone that was offline told late what was done, cell {cell}, {at}. To look over."),
    Row("told_late_to",            "late_report.kept",       (CREW, CALLED_ALL),     ACTION, False, "离线回报未生效：{number} 已改派或已结束，已记入历史，{at}。", "Told too late: {number} is over or in other hands; it is kept in its history, {at}.", on_seat=True),
    Row("urged",                   "incident.urged",         (DSP, *HANDLERS),       ACTION, True,  "{number} 被加急，网格 {cell}，{at}。请尽快办理。",        "{number} is urged, cell {cell}, {at}. To hurry."),
    Row("instructed",              "incident.instructed",    (DUTY, *HANDLERS),      ACTION, True,  "{number} 有领导批示，网格 {cell}，{at}。请阅办。",        "{number} has an instruction, cell {cell}, {at}. To read and act on."),
    Row("offered",                 "assignment.offered",     (CREW,),                ACTION, True,  "{patrol} 有新派遣单：{number}，网格 {cell}，{at}。请接单。", "{patrol} has a new assignment: {number}, cell {cell}, {at}. To accept."),
    Row("withdrawn",               "assignment.withdrawn",   (CREW,),                ACTION, True,  "{patrol} 的派遣单 {number} 已撤回，{at}。",               "{patrol}: the assignment {number} is withdrawn, {at}.", on_seat=True),
    Row("timed_out",               "assignment.timed_out",   (CREW,),                INFO,   False, "{patrol} 的派遣单 {number} 超时失效，{at}。",             "{patrol}: the assignment {number} timed out, {at}.", on_seat=True),
    Row("declined",                "assignment.declined",    (DSP,),                 ACTION, True,  "{patrol} 未接单：{number}，网格 {cell}，{at}。请改派。",  "{patrol} declined {number}, cell {cell}, {at}. To send another."),
    Row("timed_out_centre",        "assignment.timed_out",   (DSP,),                 ACTION, True,  "{patrol} 超时未接单：{number}，网格 {cell}，{at}。请改派。", "{patrol} did not answer for {number}, cell {cell}, {at}. To send another."),
    Row("task",                    "task.offered",           (HOLDER,),              ACTION, True,  "{what}任务：{number}，网格 {cell}，{due} 前反馈。",       "Task to {what}: {number}, cell {cell}, until {due}."),
    Row("request",                 "request.asked",          (DECIDERS,),            ACTION, True,  "{number} 有{what}申请待批，网格 {cell}，{at}。",          "{number}: a request for {what} waits, cell {cell}, {at}."),
    Row("request_approved",        "request.approved",       (ASKER,),               ACTION, False, "{number} 的{what}申请已批准，{at}。",                     "{number}: the request for {what} is approved, {at}."),
    Row("request_refused",         "request.refused",        (ASKER,),               ACTION, False, "{number} 的{what}申请未获批准，{at}。",                   "{number}: the request for {what} is refused, {at}."),
    Row("request_expired",         "request.expired",        (ASKER,),               INFO,   False, "{number} 的{what}申请已失效，{at}。",                     "{number}: the request for {what} has expired, {at}."),
    Row("whistle",                 "whistle.blown",          (HEAD,),                INFO,   False, "{centre}就 {number} 吹哨（{what}），网格 {cell}，{at}。", "{centre} blew a {what} whistle for {number}, cell {cell}, {at}.", OTHER),
    Row("whistle_emergency",       "whistle.blown",          (HEAD, ABOVE),          ALARM,  True,  "应急哨：{centre}就 {number} 吹哨，网格 {cell}，{at}。",   "Emergency: {centre} blew a whistle for {number}, cell {cell}, {at}.", EMERGENCY),
    Row("whistle_closed",          "whistle.closed",         (HEAD, ABOVE),          INFO,   False, "{number} 的吹哨已结束，{at}。",                           "The whistle for {number} is closed, {at}."),
    Row("whistle_scored",          "whistle.scored",         (CALLED,),              INFO,   False, "{number} 的吹哨已考核，{at}。",                           "The whistle for {number} is scored, {at}."),
    Row("called",                  "summons.called",         (CALLED,),              ACTION, True,  "{department}协办 {number}，网格 {cell}，{at}。请签收报到。", "{department} is called to assist at {number}, cell {cell}, {at}. To acknowledge.", ASSIST),
    Row("called_to_lead",          "summons.called",         (CALLED,),              ACTION, True,  "{department}主办 {number}，网格 {cell}，{at}。请签收报到。", "{department} leads {number}, cell {cell}, {at}. To acknowledge.", LEADS),
    Row("summons_declined",        "summons.declined",       (ABOVE,),               ACTION, True,  "{department}申诉不属职责：{number}，网格 {cell}，{at}。请裁定。", "{department} says that {number} is not theirs, cell {cell}, {at}. To decide."),
    Row("summons_declined_centre", "summons.declined",       (DSP,),                 INFO,   False, "{department}对 {number} 申诉不属职责，已转上级裁定，{at}。", "{department} says that {number} is not theirs; the centre above decides, {at}."),
    Row("missed",                  "summons.missed",         (CALLED, DUTY),         ACTION, True,  "{department}未按时报到：{number}，网格 {cell}，{at}。",   "{department} did not come to {number} in time, cell {cell}, {at}."),
    Row("released",                "summons.released",       (CALLED_ALL,),          INFO,   False, "{department}可离场：{number}，{at}。",                    "{department} may leave {number}, {at}."),
    Row("yellow",                  "clock.yellow",           (PRESSED,),             ACTION, False, "黄灯：{number} 的{what}时限 {due} 到期，网格 {cell}。",   "Yellow: the limit to {what} {number} ends {due}, cell {cell}."),
    Row("breached",                "clock.breached",         (PRESSED, SHL),         ALARM,  True,  "红灯：{number} 的{what}时限 {due} 已过，网格 {cell}。",   "Red: the limit to {what} {number} ended {due}, cell {cell}."),
    Row("work_parked",             "clock.parked",           (DUTY,),                ALARM,  True,  "自动处理受阻：{number}，网格 {cell}，{at}。请人工处理。",  "The clock cannot go on with {number}, cell {cell}, {at}. To act by hand."),
    Row("supervised",              "supervision.opened",     (TARGET,),              ALARM,  True,  "督办（{grade}）：{number}，网格 {cell}，{due} 前答复。",  "Supervised ({grade}): {number}, cell {cell}, to answer until {due}."),
    Row("supervision_raised",      "supervision.raised",     (TARGET,),              ALARM,  True,  "督办升级（{grade}）：{number}，网格 {cell}，{due} 前答复。", "Supervision raised ({grade}): {number}, cell {cell}, to answer until {due}."),
    Row("red_card",                "supervision.raised",     (HEAD,),                ALARM,  True,  "红牌督办：{number}，网格 {cell}，{at}。",                 "Red card: {number}, cell {cell}, {at}.", RED),
    Row("supervision_answered",    "supervision.answered",   (DUTY,),                ACTION, False, "督办已答复：{number}，{at}。",                            "The supervision order on {number} is answered, {at}."),
    Row("supervision_lifted",      "supervision.lifted",     (TARGET,),              INFO,   False, "督办已解除：{number}，{at}。",                            "The supervision order on {number} is lifted, {at}."),
    Row("appeal",                  "appeal.filed",           (DSP,),                 ACTION, True,  "{number} 有申诉待审核，{at}。",                           "{number}: an appeal waits, {at}."),
    Row("appeal_passed_on",        "appeal.decided",         (ACC,),                 ACTION, True,  "{number} 的申诉待复核，{at}。",                           "{number}: an appeal waits for the second review, {at}.", PASSED_ON),
    Row("appeal_decided",          "appeal.decided",         (CALLED,),              INFO,   False, "{number} 的申诉已裁定，{at}。",                           "{number}: the appeal is decided, {at}.", SETTLED),
    Row("routing_alarm",           "routing.alarm",          (RULES,),               ALARM,  True,  "分派规则 {rule} 已无法执行，{at}。请修订。",              "The routing rule {rule} can no longer apply, {at}. To revise.", LASTING),
    Row("routing",                 "routing.published",      (DUTY,),                INFO,   False, "{centre}的分派规则已更新，{at}。",                        "{centre} has new routing rules, {at}."),
    Row("policy",                  "policy.published",       (DUTY,),                INFO,   False, "{centre}的升级策略已更新，{at}。",                        "{centre} has a new escalation policy, {at}."),
    Row("warning_issued",          "warning.issued",         (DUTY,),                ALARM,  True,  "{centre}辖区有新预警，{at}。请查看预警并部署。",          "A new warning concerns {centre}, {at}. To read and act on.", MEANT),
    Row("warning_exercise",        "warning.issued",         (DUTY,),                INFO,   False, "演练：{centre}辖区有预警，{at}。",                        "Exercise: a warning concerns {centre}, {at}.", EXERCISE),
    Row("warning_updated",         "warning.updated",        (DUTY,),                ACTION, True,  "{centre}辖区的预警已更新，{at}。请查看。",                "A warning that concerns {centre} was updated, {at}. To read."),
    Row("warning_cancelled",       "warning.cancelled",      (DUTY,),                INFO,   False, "{centre}辖区的预警已解除，{at}。",                        "A warning that concerned {centre} is over, {at}."),
    Row("share_proposed",          "share.proposed",         (PARTNER,),             ACTION, True,  "{centre}提出信息共享，{at}。请同意或不同意。",            "{centre} proposes a share, {at}. To accept or refuse."),
    Row("share_accepted",          "share.accepted",         (PARTNER,),             INFO,   False, "{centre}已同意信息共享，{at}。",                          "{centre} accepted a share, {at}."),
    Row("share_refused",           "share.refused",          (PARTNER,),             INFO,   False, "{centre}不同意信息共享，{at}。",                          "{centre} refused a share, {at}."),
    Row("share_withdrawn",         "share.withdrawn",        (PARTNER,),             ACTION, True,  "{centre}已撤回信息共享，{at}。",                          "{centre} withdrew a share, {at}."),
    Row("sos",                     "sos.raised",             (DUTY,),                ALARM,  True,  "紧急求助：{patrol}，{at}。请立即签收。",                  "SOS: {patrol}, {at}. To acknowledge at once."),
    Row("sos_crew",                "sos.raised",             (CREW,),                ALARM,  False, "队友紧急求助：{patrol}，{at}。",                          "A mate calls for help: {patrol}, {at}.", on_seat=True),
    Row("sos_escalated",           "sos.escalated",          (RUNG,),                ALARM,  True,  "紧急求助无人签收：{patrol}，{at}。请立即签收。",          "An SOS that nobody acknowledged: {patrol}, {at}. To acknowledge at once."),
    Row("sos_acknowledged",        "sos.acknowledged",       (CALLER,),              INFO,   False, "求助已签收，{at}。",                                      "Your call for help is acknowledged, {at}."),
    Row("sos_resolved",            "sos.resolved",           (DUTY, CREW),           INFO,   False, "紧急求助已解除：{patrol}，{at}。",                        "The SOS is over: {patrol}, {at}.", on_seat=True),
    Row("void_opened",             "coverage_void.opened",   (DUTY,),                ACTION, False, "空档：{place} 巡逻力量不足，{at}。",                      "Too few patrols at {place}, {at}."),
    Row("void_ended",              "coverage_void.ended",    (DUTY,),                INFO,   False, "空档解除：{place}，{at}。",                               "Enough patrols at {place} again, {at}."),
    Row("unread",                  "notice.unread",          (DUTY,),                ACTION, False, "{who}未按时阅读通知：{number}，网格 {cell}，{at}。",       "{who} did not read a notice in time: {number}, cell {cell}, {at}."),
)
# fmt: on
BY_TOPIC = {
    topic: tuple(row for row in ROWS if row.topic == topic) for topic in dict.fromkeys(row.topic for row in ROWS)
}
TOPICS = tuple(BY_TOPIC)
CLOCKS: dict[str, tuple[To, ...]] = {
    "accept": (ACC,),
    "register": (SHL,),
    "dispatch": (DSP,),
    "acknowledge": HANDLERS,
    "arrive": HANDLERS,
    "handle": HANDLERS,
    "check": (HOLDER,),
    "total": (SHL,),
}
"""Whom each clock of an incident presses; the clock of a summons presses the called department."""
POOLS: dict[str, tuple[Role, ...]] = {
    "verify": (R.GRID_WORKER, R.PATROL_MEMBER, R.TEAM_LEADER),
    "check": (R.INSPECTOR,),
}
"""Who may take a task that nobody holds yet."""
READ_WITHIN_MIN = {ACTION: 30, ALARM: 5}
"""Until it must be read, where the centre says nothing else."""
FIELDS = frozenset(
    {"number", "cell", "at", "due", "centre", "before", "patrol", "department", "what", "grade", "place", "rule", "who"}
)
"""All that words may name."""
WORDS: dict[str, tuple[str, str]] = {
    "accept": ("受理", "accept"), "register": ("立案", "register"), "dispatch": ("派遣", "dispatch"),
    "acknowledge": ("签收", "acknowledge"), "arrive": ("到场", "arrive at"), "handle": ("处置", "handle"),
    "total": ("办结", "close"), "verify": ("核实", "verify"), "check": ("核查", "check"),
    "return": ("退回", "return"), "extension": ("延期", "extension"), "suspension": ("挂账", "suspension"),
    "void": ("作废", "voiding"), "reopen": ("重开", "reopening"), "daily": ("日常哨", "daily"),
    "key_task": ("攻坚哨", "key task"), "emergency": ("应急哨", "emergency"), "normal": ("普通", "normal"),
    "yellow": ("黄牌", "yellow card"), "red": ("红牌", "red card"),
}  # fmt: skip
"""What the codes in facts are called."""


def rows_for(topic: str, payload: Mapping[str, Any]) -> list[Row]:
    """The notices that a fact makes."""
    rows = BY_TOPIC.get(topic, ())
    return [row for row in rows if all(payload.get(name) in wanted for name, wanted in row.if_.items())]


def fields_of(template: str) -> set[str]:
    """What a template names."""
    return {name for _, name, _, _ in Formatter().parse(template) if name}


BEGIN, END = "<!-- table: written by lianqin docs -->", "<!-- end of table -->"


def printed(paper: str) -> str:
    """The paper with the table between its marks as it is now."""
    before, rest = paper.split(BEGIN)
    return "\n".join([before + BEGIN, "", *_lines(), "", END + rest.split(END)[1]])


def _lines() -> list[str]:
    head = ["| notice | fact | who is told | urgency | receipt | 中文 |", "| --- | --- | --- | --- | --- | --- |"]
    return head + [
        f"| `{r.kind}` | `{r.topic}`{_said(r)} | {'; '.join(map(_who, r.to))} | {r.urgency} | {'yes' if r.receipt else ''} | {r.zh} |"
        for r in ROWS
    ]


def _said(row: Row) -> str:
    return "".join(
        f", {name} {', '.join(str(one) for one in wanted if one)}" for name, wanted in row.if_.items() if any(wanted)
    )


def _who(to: To) -> str:
    return f"{to.where}: {', '.join(to.roles)}" if to.roles else to.where
