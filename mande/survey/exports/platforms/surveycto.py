"""SurveyCTO: repeats in the same row (`name_1`, `name_2`) or in files of their own with `PARENT_KEY`.

Source: SurveyCTO's help page on the format of exported data.
"""

from mande.survey.exports.platform import Platform

PLATFORM = Platform(
    name="SurveyCTO",
    signs=(
        frozenset({"key", "submissiondate", "formdef_version"}),
        frozenset({"key", "instanceid", "formdef_version"}),
    ),
    key=("key",),
    parent_key="parent_key",
    own_key="key",
    version="formdef_version",
    status="review_status",
    rejected=frozenset({"rejected"}),
    metadata=frozenset({
        "submissiondate", "completiondate", "instanceid", "instancename", "review_comments",
        "review_corrections", "review_quality", "caseid", "deviceid", "subscriberid", "simid", "simserial",
        "devicephonenum", "username", "device_info", "starttime", "endtime", "duration", "text_audit",
    }),
    prefixes=("set-of-", "setof", "audio_audit"),
)  # fmt: skip
