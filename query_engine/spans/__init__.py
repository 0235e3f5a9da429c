"""What spans say together: call paths, self times, critical paths of traces."""
