"""ODK Central: a zip with one CSV file for each repeat, `KEY` and `PARENT_KEY`, group paths with hyphens.

A rejected submission is still exported, with `ReviewState` rejected.
Source: ODK Central's documentation of submissions as CSV, and an export of the RHoMIS survey.
"""

from mande.survey.exports.platform import Platform

PLATFORM = Platform(
    name="ODK Central",
    signs=(
        frozenset({"key", "submissiondate", "reviewstate"}),
        frozenset({"key", "submissiondate", "submitterid", "attachmentspresent"}),
        frozenset({"key", "parent_key"}),
    ),
    key=("meta-instanceid", "key"),
    parent_key="parent_key",
    own_key="key",
    version="formversion",
    status="reviewstate",
    rejected=frozenset({"rejected"}),
    metadata=frozenset({
        "submissiondate", "submitterid", "submittername", "attachmentspresent", "attachmentsexpected",
        "status", "deviceid", "edits", "instanceid", "meta-instancename", "meta-audit", "isvalidated",
        "start", "end", "today",
    }),
    prefixes=("set-of-",),
)  # fmt: skip
