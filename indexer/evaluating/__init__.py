"""How well an encoder finds pages of a labelled set, through the program's own path."""
