"""Studies as pages: one HTML file that needs no network, and the same live."""

from surefoot.report._write import write_report as write_report

__all__ = ["write_report"]
