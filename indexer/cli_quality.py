"""Speed and disk against quality, as arguments of `pagebeam encoder quality` and `pagebeam evaluate`."""

import argparse

from indexer.protocol.quality import CROPS, IMAGE_TOKENS, POOLING, SINGLE_SIZES
from indexer.protocol.values import Quality


def add_quality_arguments(parser: argparse.ArgumentParser) -> None:
    """How pages are to be read; `quality_of` makes a Quality of them."""
    for name, default, offered, told in (
        ("--areas", 768, IMAGE_TOKENS, "areas a page is seen in"),
        ("--pooling", 1, POOLING, "areas that share a stored vector"),
        ("--width", 0, SINGLE_SIZES, "numbers kept of the page's own vector, 0 for all"),
        ("--crops", 0, CROPS, "n: look at n x n crops of the page as well, up to 768 areas each"),
    ):
        choices = ", ".join(map(str, offered))
        parser.add_argument(name, type=int, default=default, metavar="N", help=f"{told}: {choices} ({default})")


def quality_of(options: argparse.Namespace) -> Quality:
    """The quality that the arguments ask for, offered or not."""
    return Quality(options.areas, options.pooling, options.width, options.crops)
