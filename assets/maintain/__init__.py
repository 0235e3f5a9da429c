"""What keeps the lake small, fast and correct: tasks that say what they would do, then do it."""
