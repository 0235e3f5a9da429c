"""The rules of retention are changed, or just shown, by a task like any other: in the UI too."""

from collections.abc import Iterator

from pydantic import Field

from assets.errors import CallerError
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.storage.disk import disk_of
from assets.storage.metadata.retention import LAKE, RAW, Rule, rules, set_rule
from assets.wording import size_text


class SetRetentionSettings(TaskSettings):
    """What to keep, and how long."""

    subject: str = Field(
        default="",
        description="`raw`, the name of a view, or `lake` for all there is; empty: show the rules.",
    )
    keep_days: int = Field(default=0, ge=0, description="Days of insert time; 0: no such bound.")
    keep_bytes: int = Field(default=0, ge=0, description="Bytes as stored; 0: no such bound.")
    keep_free_percent: int = Field(
        default=0,
        ge=0,
        le=90,
        description="Of `lake` only: so much of the disk is to stay free; 0: no such bound.",
    )


def plan(site: Site, settings: SetRetentionSettings) -> Iterator[Step]:
    """Return the step that sets the rule; or one for each rule there is, which changes nothing."""
    with site.lake.connection() as conn:
        kept = rules(conn)
    if not settings.subject:
        for rule in kept.values():
            yield Step(rule.subject, f"is kept {described(rule)}", lambda: Done("unchanged"))
        return
    _check_subject(site, settings)
    rule = Rule(
        settings.subject,
        settings.keep_days or None,
        settings.keep_bytes or None,
        settings.keep_free_percent or None,
    )
    before = described(kept.get(rule.subject, Rule(rule.subject)))

    def do() -> Done:
        with site.lake.connection() as conn:
            set_rule(conn, rule)
        return Done(f"kept {described(rule)} from now on")

    yield Step(rule.subject, f"keep {described(rule)} instead of {before}", do)


def _check_subject(site: Site, settings: SetRetentionSettings) -> None:
    """Refuse a rule about nothing, or with a bound that its subject cannot have."""
    if settings.subject == LAKE:
        if settings.keep_days:
            raise CallerError("the lake as a whole is kept by size; days are for views and raw")
        if settings.keep_free_percent and disk_of(site.lake) is None:
            raise CallerError(f"{site.lake.root_uri} is on no disk of this machine: set keep_bytes")
        return
    if settings.keep_free_percent:
        raise CallerError("keep_free_percent is for the subject lake")
    if settings.subject != RAW:
        site.views.chosen([settings.subject])


def described(rule: Rule) -> str:
    """Return how long something is kept, in words."""
    bounds = []
    if rule.keep_days is not None:
        bounds.append(f"{rule.keep_days} days")
    if rule.keep_bytes is not None:
        bounds.append(f"{size_text(rule.keep_bytes)}")
    if rule.keep_free_percent is not None:
        bounds.append(f"what leaves {rule.keep_free_percent} % of the disk free")
    return " or ".join(bounds) or "for ever"


SET_RETENTION = Task(
    name="set_retention",
    doc="Says how long a view's rows, or the raw blocks, are kept: by age, by size, or both."
    " Without a subject it shows the rules. What is overdue goes at the next view_retention,"
    " raw_retention or space_retention.",
    settings=SetRetentionSettings,
    plan=plan,
)
