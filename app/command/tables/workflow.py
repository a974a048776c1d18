"""The field's own words for statuses and states."""

from app.dispatch.workflow import AssignmentState
from app.incident.workflow import Status
from app.linkage.workflow import SummonsState
from app.safety.sos.workflow import SosState
from app.safety.welfare.workflow import WelfareState
from app.supervision.appeal.workflow import AppealState
from app.supervision.workflow import OrderState

STATUSES: dict[Status, str] = {
    Status.REPORTED: "已上报",
    Status.VERIFYING: "核实中",
    Status.ACCEPTED: "已受理",
    Status.REGISTERED: "已立案",
    Status.DISPATCHED: "已派遣",
    Status.HANDLING: "处置中",
    Status.SUSPENDED: "挂账",
    Status.HANDLED: "已反馈",
    Status.CHECKING: "核查中",
    Status.CHECKED: "已核查",
    Status.CLOSED: "已结案",
    Status.REJECTED: "不予受理",
    Status.MERGED: "已并案",
    Status.VOIDED: "已作废",
}
ASSIGNMENT_STATES: dict[AssignmentState, str] = {
    AssignmentState.OFFERED: "已派单",
    AssignmentState.ACCEPTED: "已接单",
    AssignmentState.EN_ROUTE: "在途",
    AssignmentState.ON_SCENE: "已到场",
    AssignmentState.CLEARED: "已离场",
    AssignmentState.DECLINED: "已拒绝",
    AssignmentState.WITHDRAWN: "已撤回",
    AssignmentState.TIMED_OUT: "已超时",
}
SUMMONS_STATES: dict[SummonsState, str] = {
    SummonsState.CALLED: "已呼叫",
    SummonsState.ACKNOWLEDGED: "已签收",
    SummonsState.ARRIVED: "已报到",
    SummonsState.WORKING: "处置中",
    SummonsState.DONE: "已完成",
    SummonsState.RELEASED: "已离场",
    SummonsState.DECLINED: "已申诉",
    SummonsState.MISSED: "未报到",
}
APPEAL_STATES: dict[AppealState, str] = {
    AppealState.PENDING_DISPATCHER: "待初审",
    AppealState.PENDING_ACCEPTOR: "待复审",
    AppealState.APPROVED: "通过",
    AppealState.REJECTED: "驳回",
}
ORDER_STATES: dict[OrderState, str] = {
    OrderState.OPEN: "督办中",
    OrderState.ANSWERED: "已答复",
    OrderState.LIFTED: "已解除",
}
SOS_STATES: dict[SosState, str] = {
    SosState.RAISED: "已求助",
    SosState.ACKNOWLEDGED: "已签收",
    SosState.RESOLVED: "已解除",
}
WELFARE_STATES: dict[WelfareState, str] = {
    WelfareState.WAITING: "等待",
    WelfareState.ASKED: "已询问",
    WelfareState.OVERDUE: "逾时未答",
    WelfareState.ALARMED: "已告警",
    WelfareState.PAUSED: "已暂停",
    WelfareState.ENDED: "已结束",
}
