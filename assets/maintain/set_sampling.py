"""The rules of sampling are changed, or just shown, by a task like any other: in the UI too."""

from collections.abc import Iterator
from datetime import timedelta

from pydantic import Field

from assets.errors import CallerError
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.plan import tag_of
from assets.storage.metadata.sampling import (
    SamplingRule,
    drop_sampling_rule,
    sampling_rules,
    set_sampling_rule,
)

NONE = "none"
"""In place of SQL: nothing is kept."""

_TRIED_OVER = timedelta(minutes=1)
"""A new rule's SQL is asked about so much time, to see that it is understood."""


class SetSamplingSettings(TaskSettings):
    """What to keep of which blocks."""

    name: str = Field(default="", description="What the rule is called; empty: show the rules.")
    tag: str = Field(default="", description="Of the streams whose blocks it is about: cpu, log...")
    keep: str = Field(
        default="",
        description="SQL whose first column is the process_id of those whose blocks are kept; none:"
        " keep nothing; empty: the rule is dropped.",
    )
    after_days: int = Field(
        default=3, ge=1, description="Blocks go when their day ended so many days ago."
    )
    around_days: int = Field(
        default=1,
        ge=0,
        description="The SQL is asked about the blocks' day and so many days before and after.",
    )


def plan(site: Site, settings: SetSamplingSettings) -> Iterator[Step]:
    """Return the step that sets or drops a rule; or one for each rule, which changes nothing."""
    with site.lake.connection() as conn:
        known = sampling_rules(conn)
    if not settings.name:
        for rule in known:
            yield Step(rule.name, described(rule), lambda: Done("unchanged"))
    elif not settings.keep:
        yield _dropping(site, settings.name)
    else:
        yield _setting(site, _checked(site, settings))


def described(rule: SamplingRule) -> str:
    """Return what a rule does, in words."""
    kept = f"but those of processes in ({rule.keep})" if rule.keep else "all of them"
    return f"forgets {rule.tag} blocks after {rule.after_days} days, {kept}"


def _checked(site: Site, settings: SetSamplingSettings) -> SamplingRule:
    tags = sorted({tag_of(view) for view in site.views.materialized})
    if settings.tag not in tags:
        raise CallerError(f"no blocks have the tag {settings.tag!r}; tags are: {', '.join(tags)}")
    if settings.keep == NONE:
        keep = None
    else:
        keep = settings.keep.strip().rstrip(";")
        site.ask(keep, site.now - _TRIED_OVER, site.now)
    return SamplingRule(
        settings.name, settings.tag, keep, settings.after_days, settings.around_days
    )


def _setting(site: Site, rule: SamplingRule) -> Step:
    def do() -> Done:
        with site.lake.connection() as conn:
            set_sampling_rule(conn, rule)
        return Done("it holds from the next tail_sampling on")

    return Step(rule.name, described(rule), do)


def _dropping(site: Site, name: str) -> Step:
    def do() -> Done:
        with site.lake.connection() as conn:
            drop_sampling_rule(conn, name)
        return Done("there is no such rule any more")

    return Step(name, "drop the rule; what it has forgotten stays forgotten", do)


SET_SAMPLING = Task(
    name="set_sampling",
    doc="Says of which processes the raw blocks of a tag are kept, by SQL that is asked when they"
    " are some days old. Without a name it shows the rules; their work is done by tail_sampling.",
    settings=SetSamplingSettings,
    plan=plan,
)
