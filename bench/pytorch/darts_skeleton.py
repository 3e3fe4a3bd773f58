"""What the supernet and the stand-alone networks of the DARTS space have in common: stem, cells, classifier."""
from torch import nn


class DartsSkeleton(nn.Module):
    """Stem of 3C channels, cells with reductions at a third and two thirds of the depth, linear classifier.

    make_cell(inputs0, inputs1, channels, reduction, reduction_before) makes a cell, which puts out 4 * channels.
    """

    def __init__(self, make_cell, channels, cells, classes):
        super().__init__()
        wide = 3 * channels
        self.stem = nn.Sequential(nn.Conv2d(3, wide, 3, padding=1, bias=False), nn.BatchNorm2d(wide))
        self.cells = nn.ModuleList()
        self.widths = []  # channels that each cell puts out
        inputs0, inputs1, reduction_before = wide, wide, False
        for i in range(cells):
            reduction = i in (cells // 3, 2 * cells // 3)
            if reduction:
                channels *= 2
            self.cells.append(make_cell(inputs0, inputs1, channels, reduction, reduction_before))
            self.widths.append(4 * channels)
            inputs0, inputs1, reduction_before = inputs1, self.widths[-1], reduction
        self.classifier = nn.Linear(inputs1, classes)

    def classify(self, x):
        return self.classifier(x.mean((2, 3)))
