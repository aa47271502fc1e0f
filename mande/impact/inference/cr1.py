"""Cluster-robust standard errors (CR1), by one clustering or by two.

Assumption: clusters are independent of each other and many; within a cluster anything may depend on
anything. With two clusterings, rows that share neither are independent.
Equation: V = c (X'WX)^-1 [sum over clusters of X_g'W u_g u_g'W X_g] (X'WX)^-1,
c = G / (G - 1) * (N - 1) / (N - K). K counts slopes, wave effects and one intercept; effects that are
nested in the clusters are not counted, others are. t with G - 1 degrees of freedom. Two clusterings:
V = V_a + V_b - V_ab, each with the smaller G in c and in the degrees of freedom; variances that come out
negative are taken from V with its negative eigenvalues set to zero.
Use: many clusters (30 or more, at least 10 in either arm) of like size.
Source: Liang and Zeger (1986), Biometrika 73(1); Cameron and Miller (2015), Journal of Human Resources
50(2), II.C; Cameron, Gelbach and Miller (2011), Journal of Business and Economic Statistics 29(2), (2.11).
Reference implementation: R fixest 0.14.2, vcov = ~cluster and ~a + b.
"""

from __future__ import annotations

import numpy as np

from mande.impact import lone
from mande.impact.contract import Fitted, Inference, LinearFit, Request
from mande.impact.linear import count_for_clusters, score_sums
from mande.impact.observations import FloatArray, IntArray
from mande.impact.regressors import dense
from mande.results import Reference


def linear(fit: LinearFit, request: Request) -> Fitted:
    """Return cluster-robust errors of a regression."""
    groups = [dense(codes) for codes in fit.model.clusters]
    n_clusters = min(count for _, count in groups)
    k = count_for_clusters(fit, fit.model.clusters)
    factor = n_clusters / (n_clusters - 1) * (fit.n - 1) / (fit.n - k)
    covariance = factor * _sandwich(fit, groups)
    notes = [_note(request, groups, n_clusters)]
    negative = np.diag(covariance) < 0
    if len(groups) > 1 and negative.any():
        values, vectors = np.linalg.eigh(covariance)
        positive = vectors @ np.diag(np.maximum(values, 0.0)) @ vectors.T
        covariance = np.where(negative[:, None] | negative[None, :], positive, covariance)
        notes.append("Two-way variances that came out negative have the negative eigenvalues set to zero.")
    reference = Reference("t", float(n_clusters - 1))
    return Fitted(fit.coefficients, covariance, reference, fit.n, n_clusters, notes=tuple(notes))


def _sandwich(fit: LinearFit, groups: list[tuple[IntArray, int]]) -> FloatArray:
    """Return the sandwich without its factor, each part as a square, which no rounding makes negative."""
    parts = [score_sums(fit, codes, count) @ fit.bread for codes, count in groups]
    whole = sum((part.T @ part for part in parts), start=np.zeros_like(fit.bread))
    if len(groups) == 2:
        (first, _), (second, n_second) = groups
        both = score_sums(fit, *dense(first * n_second + second)) @ fit.bread
        whole = whole - both.T @ both
    return np.asarray(whole)


def _note(request: Request, groups: list[tuple[IntArray, int]], n_clusters: int) -> str:
    counts = " and ".join(f"{count:,}" for _, count in groups)
    return (
        f"Standard errors are clustered by {request.cluster} ({request.inference}, {counts} clusters); "
        f"t distribution with {n_clusters - 1:,.0f} degrees of freedom."
    )


INFERENCE = Inference(
    name="CR1",
    title="cluster-robust standard errors (CR1)",
    needs_clusters=True,
    linear=linear,
    max_clusterings=2,
    problems=lone.problems,
)
