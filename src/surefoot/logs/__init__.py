"""Readers of what other programs log: every number that was logged together is a row, and rows make named series.

A reader takes bytes as they come (a pipe, a growing file) and gives back the rows that are complete:
``TextReader`` (standard output, text logs, JSON lines, tables, progress bars), ``CsvReader``, ``JsonReader``
(``trainer_state.json`` and other documents) and ``TensorBoardReader``. ``read`` reads a whole file, ``Tail`` one
that still grows, ``series`` turns rows into curves over the step, and
``LossLog`` finds the training loss among them and puts it in order, in bounded memory.
"""

from surefoot.logs._csv import CsvReader as CsvReader
from surefoot.logs._files import Tail as Tail
from surefoot.logs._files import read as read
from surefoot.logs._files import reader_for as reader_for
from surefoot.logs._json import JsonReader as JsonReader
from surefoot.logs._loss import LossLog as LossLog
from surefoot.logs._loss import Point as Point
from surefoot.logs._names import matching as matching
from surefoot.logs._names import near as near
from surefoot.logs._names import plain as plain
from surefoot.logs._names import training_loss as training_loss
from surefoot.logs._row import Reader as Reader
from surefoot.logs._row import Row as Row
from surefoot.logs._row import Series as Series
from surefoot.logs._row import row as row
from surefoot.logs._row import series as series
from surefoot.logs._tensorboard import TensorBoardReader as TensorBoardReader
from surefoot.logs._text import TextReader as TextReader

__all__ = [
    "CsvReader",
    "JsonReader",
    "LossLog",
    "Point",
    "Reader",
    "Row",
    "Series",
    "Tail",
    "TensorBoardReader",
    "TextReader",
    "matching",
    "near",
    "plain",
    "read",
    "reader_for",
    "row",
    "series",
    "training_loss",
]
