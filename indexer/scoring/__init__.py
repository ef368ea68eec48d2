"""Pure numbers: MaxSim, strengths, places on a page."""
