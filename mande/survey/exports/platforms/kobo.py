"""KoboToolbox: one sheet for each repeat, `_index` numbers the rows of a sheet.

`_uuid` changes when a submission is edited; `meta/rootUuid` stays.
Source: KoboToolbox's export columns as its own export library (formpack) writes them.
"""

from mande.survey.exports.platform import Platform

PLATFORM = Platform(
    name="KoboToolbox",
    signs=(
        frozenset({"_uuid", "_submission_time"}),
        frozenset({"_index", "_parent_index"}),
        frozenset({"_submission__uuid", "_parent_index"}),
    ),
    key=("meta/rootuuid", "_uuid"),
    parent_key="_parent_index",
    own_key="_index",
    version="__version__",
    form="_xform_id_string",
    status="_validation_status",
    rejected=frozenset({"not approved", "validation_status_not_approved", "non approuvé", "no aprobado"}),
    metadata=frozenset({
        "_id", "_notes", "_status", "_submitted_by", "_tags", "_submission_time", "_parent_table_name",
        "_attachments", "_geolocation", "formhub/uuid", "start", "end", "today",
        "username", "deviceid", "phonenumber", "meta/instanceid", "meta/instancename", "meta/deprecatedid",
    }),
    prefixes=("_submission__", "__version__", "_geolocation", "_version_"),
)  # fmt: skip
