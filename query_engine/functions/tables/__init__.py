"""Functions that stand in FROM and make rows of the values of their arguments."""
