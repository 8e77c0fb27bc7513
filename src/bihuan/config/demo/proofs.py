"""Evidence enough for a duty, in plain sentences."""

from __future__ import annotations

from typing import Any

from bihuan.apps.obligations.models import Obligation
from bihuan.config.demo.stage import Stage


def proofs_of(stage: Stage, row: Obligation) -> list[list[str]]:
    """Evidence enough for the rule, each with a plain sentence."""
    proof: dict[str, Any] = row.proof
    kinds = list(proof.get("all") or ()) + (
        [stage.chance.pick(proof["any"])] if proof.get("any") else []
    )
    return [
        [kind, stage.chance.pick(SAID.get(kind, SAID["record"]))] for kind in dict.fromkeys(kinds)
    ] or [["record", "已办。"]]


SAID: dict[str, list[str]] = {
    "record": ["已按要求办完，记录在册。", "现场办完，客户在场。", "已登记，附处理经过。"],
    "call_log": [
        "电话接通，说明了情况。",
        "通话 6 分钟，客户表示知道了。",
        "先拨座机未接，改拨手机接通。",
    ],
    "recording": ["录音已存，编号在通话记录里。"],
    "message_receipt": ["企业微信已读。", "短信送达，客户回复“收到”。", "邮件已发，对方回执。"],
    "minutes": ["纪要已发双方参会人确认。", "拜访纪要：谈了备件、培训和明年的预算。"],
    "report": ["报告已审核并归档。", "分析报告两页，附数据表。"],
    "form": ["表单已填，缺项已补。"],
    "file": ["文件已归档。"],
    "approval": ["已批准。", "同意，按此执行。"],
    "publication": ["已发布到知识库。", "已在公示栏发布。"],
    "signature": ["客户现场签字。"],
    "checkin": ["到场签到，距离 40 米。"],
    "customer_reply": ["客户回复：可以了，谢谢。"],
    "attendance": ["签到表齐全。"],
    "certificate": ["证书已寄出。"],
    "system_event": ["系统记录。"],
    "proposal": ["方案两版，客户选了第二版。", "方案与报价已交客户。", "方案已评审，附配置清单。"],
    "photo": ["寄出前拍照留存。", "照片三张，已存档。", "现场拍照，附说明。"],
    "paper": ["纸质单据已拍照归档。", "客户签收单拍照留存。", "原件已归档，照片附后。"],
    "test_result": [
        "试机数据合格，报告附后。",
        "复测三次，都在范围内。",
        "带载试运行两小时，数据正常。",
    ],
    "signed_contract": ["双方已签字盖章。", "合同一式两份，已归档。", "续签合同已收到。"],
    "acknowledgement": ["已读并确认。", "已读，无疑问。", "已确认收到并照办。"],
}
