"""The probe: writes known events through the public door, and looks for them in SQL."""
