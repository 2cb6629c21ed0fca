"""What the list adds up to besides the overview: by agency and chapter, as a matrix, over periods,
and who has handed in."""

from progress.api.figures.board import HandInBoard
from progress.api.figures.comparison import Comparison
from progress.api.figures.matrix import MatrixOfParts
from progress.api.figures.parts import AgenciesFigures, OneAgencyFigures, OneChapterFigures
from progress.api.figures.trend import Trend

__all__ = [
    "AgenciesFigures",
    "Comparison",
    "HandInBoard",
    "MatrixOfParts",
    "OneAgencyFigures",
    "OneChapterFigures",
    "Trend",
]
