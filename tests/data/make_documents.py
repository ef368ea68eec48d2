"""The two documents of the libraries of past versions: three pages, times in whole seconds so that tar keeps them."""

import os
import sys
from pathlib import Path

import pymupdf

folder = Path(sys.argv[1])
farm = pymupdf.open()
for text in ("Turnips are sown in July.", "The harvest weighed 1240 kilograms in Bergen."):
    farm.new_page(width=400, height=300).insert_text((40, 60), text, fontsize=14)
farm.save(folder / "farm.pdf")
(folder / "house.txt").write_text("The heat pump halved the cost of heating in winter.\nReference SF-2207.\n")
for path in folder.iterdir():
    os.utime(path, (1790000000, 1790000000))
