"""What the exit code of ``limno`` tells a script."""

DONE, FAILED, USAGE, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130

MEANINGS = {
    DONE: "done",
    FAILED: "refused or failed; what stderr says",
    USAGE: "wrong usage, or a profile that is wrong or missing",
    UNREACHABLE: "the service is not reachable",
    INTERRUPTED: "interrupted",
}
