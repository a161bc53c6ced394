"""Studies as pages: one HTML file that needs no network, and the same live."""

from surefoot.report._serve import live_app as live_app
from surefoot.report._serve import served as served
from surefoot.report._write import write_report as write_report

__all__ = ["live_app", "served", "write_report"]
