"""Functions in FROM that read the lake, one file each; ``catalog.py`` lists them."""
