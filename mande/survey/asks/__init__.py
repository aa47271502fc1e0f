"""Questions about how a column is written, one file each; found by `mande.survey.asking`."""
