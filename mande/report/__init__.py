"""From a `Release` to a report: blocks, figures, sections, the executed notebook, HTML and PDF."""

from mande.report.book import Report, open_results

__all__ = ["Report", "open_results"]
