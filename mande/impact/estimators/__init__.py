"""Estimators, one file each; a file is found when it defines `ESTIMATOR`."""
