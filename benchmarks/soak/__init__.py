"""The exactness invariant under random interleavings and under SIGKILL, as long as one likes."""
