"""CommCare: titles begin with `form.`, repeats stand in sheets of their own, numbered `0.0`, `0.1`, ...

A row of a repeat in a repeat is numbered `0.0.1`: it stands in row `0.0`. A question that was not shown holds
`---`. The export leaves archived forms out by itself.
Source: CommCare's help pages on form exports.
"""

from mande.survey.exports.platform import Platform

PLATFORM = Platform(
    name="CommCare",
    signs=(
        frozenset({"formid", "received_on"}),
        frozenset({"form.meta.instanceid"}),
        frozenset({"number", "number__0", "number__1"}),
    ),
    key=("form.meta.instanceid", "formid"),
    parent_key="number__0",
    own_key="number",
    path="number",
    unasked=frozenset({"---"}),
    version="form.@version",
    form="form.@xmlns",
    metadata=frozenset({
        "number__1", "number__2", "number__3", "completed_time", "started_time", "username", "received_on",
        "form_link", "hq_user", "caseid", "case_name", "case_link", "form.@name", "form.@uiversion",
        "app_version", "commcare_version", "parent_case_id",
    }),
    prefixes=("form.meta.", "form.case.", "info.", "form.#"),
)  # fmt: skip
