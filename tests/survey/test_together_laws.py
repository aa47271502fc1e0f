"""Whatever stands in the files of a wave becomes words, never an exception."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mande.survey.page import verdict_page

FILES = {
    "farmers.csv": "farmer_id,sex,hours,start,end,enumerator_id,gps,consent\n"
    "F001,f,40,2023-06-01T08:00:00,2023-06-01T09:00:00,E1,-1.2 36.9 0 5,yes\nF002,m,35,,,,,\n",
    "plots.csv": "plot_id,farmer_id,area,_parent_index\nP1,F001,2,1\nP2,F001,1.5,1\nP3,F002,3,2\n",
    "register.csv": "farmer_id,arm,village,status_2023\nF001,training,A,interviewed\nF002,none,B,moved\n",
    "uptake.csv": "farmer_id,activity,date,dose\nF001,training,2023-05-01,2\n",
}
PIECES = st.sampled_from(
    ["", "F001", "-97", "abc", ",", "\n", '"', "=1+1", "1e9", "é", "2023-02-30", "no", "F009", "\t", "999"]
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_spoilt_files_are_answered_in_words(shared_coop, data):
    paths = []
    for name, whole in FILES.items():
        text = whole
        for _ in range(data.draw(st.integers(0, 3))):
            at = data.draw(st.integers(0, len(text)))
            cut = data.draw(st.integers(0, 12))
            text = text[:at] + data.draw(PIECES) + text[at + cut :]
        paths.append(shared_coop.write(text, name))
    verdict = shared_coop.check_wave(*paths)
    for language in ("en", "fr", "es"):
        assert "{" not in verdict.text(language).replace("F\\d{3}", "")
        assert json.loads(verdict.as_json(language))["exit_code"] == verdict.exit_code
    assert verdict_page(verdict).rstrip().endswith("</html>")
