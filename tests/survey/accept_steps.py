"""What the tests of accepting do in processes of their own."""

import datetime as dt
import sys
import time
from pathlib import Path

from mande.catalogue import load_catalogue, load_programme
from mande.errors import MandeError
from mande.survey.accept import accept_upload
from mande.survey.validate import validate_upload
from mande.workspace import Workspace


def accept_revision(root, file, by="Amina"):
    """Check a file; the step accepts it as a revision."""
    folder = Path(root) / "baselines" / "coop"
    programme, catalogue = load_programme(folder), load_catalogue([Path(root) / "indicators"])
    verdict = validate_upload(
        Path(file), programme=programme, wave="2023", catalogue=catalogue, programme_dir=folder
    )

    def step():
        return accept_upload(
            verdict,
            workspace=Workspace(Path(root)),
            programme=programme,
            wave="2023",
            by=by,
            now=dt.datetime(2024, 5, 1, tzinfo=dt.UTC),
            revision=by == "Amina",
            reason="a test",
        )

    return step


def race(root, file, by, start):
    """Accept a file when the clock says so, and print what happened."""
    step = accept_revision(root, file, by)
    Path(root, f"ready-{by}").write_text("", encoding="utf-8")
    while not Path(start).exists():
        time.sleep(0.001)
    try:
        print(step().status)
    except MandeError as error:
        print(error.problems[0].code.id)


if __name__ == "__main__":
    race(*sys.argv[1:])
