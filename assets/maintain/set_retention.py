"""The rules of retention are changed, or just shown, by a task like any other: in the UI too."""

from collections.abc import Iterator

from pydantic import Field

from assets.maintain.tables import chosen, megabytes
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.storage.metadata.retention import RAW, Rule, rules, set_rule


class SetRetentionSettings(TaskSettings):
    """What to keep, and how long."""

    subject: str = Field(
        default="", description="`raw`, or the name of a view; empty: only show the rules."
    )
    keep_days: int = Field(default=0, ge=0, description="Days of insert time; 0: no such bound.")
    keep_bytes: int = Field(default=0, ge=0, description="Bytes as stored; 0: no such bound.")


def plan(site: Site, settings: SetRetentionSettings) -> Iterator[Step]:
    """Return the step that sets the rule; or one for each rule there is, which changes nothing."""
    with site.lake.connection() as conn:
        kept = rules(conn)
    if not settings.subject:
        for rule in kept.values():
            yield Step(rule.subject, f"is kept {described(rule)}", lambda: Done("unchanged"))
        return
    if settings.subject != RAW:
        chosen([settings.subject])
    rule = Rule(settings.subject, settings.keep_days or None, settings.keep_bytes or None)
    before = described(kept.get(rule.subject, Rule(rule.subject)))

    def do() -> Done:
        with site.lake.connection() as conn:
            set_rule(conn, rule)
        return Done(f"kept {described(rule)} from now on")

    yield Step(rule.subject, f"keep {described(rule)} instead of {before}", do)


def described(rule: Rule) -> str:
    """Return how long something is kept, in words."""
    bounds = []
    if rule.keep_days is not None:
        bounds.append(f"{rule.keep_days} days")
    if rule.keep_bytes is not None:
        bounds.append(f"{megabytes(rule.keep_bytes)}")
    return " or ".join(bounds) or "for ever"


SET_RETENTION = Task(
    name="set_retention",
    doc="Says how long a view's rows, or the raw blocks, are kept: by age, by size, or both."
    " Without a subject it shows the rules. What is overdue goes at the next view_retention or"
    " raw_retention.",
    settings=SetRetentionSettings,
    plan=plan,
)
