"""Functions of colours: one INT UNSIGNED each, 0xRRGGBBAA."""
