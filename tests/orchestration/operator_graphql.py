"""What an operator does and looks at, as the questions that the Dagster UI sends for it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from orchestration.hours import key_of
from tests.orchestration.dagster_processes import DagsterProcesses

REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "limnograph"}
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
BACKFILL_ENDED = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED"}
WAIT_S = 600

_ERROR = "... on PythonError { message }"
_BACKFILL_LAUNCHED = f"__typename ... on LaunchBackfillSuccess {{ backfillId }} {_ERROR}"
_RUN_LAUNCHED = f"__typename ... on LaunchRunSuccess {{ run {{ runId }} }} {_ERROR}"

LAUNCH_BACKFILL = (
    "mutation L($params: LaunchBackfillParams!) {"
    f" answer: launchPartitionBackfill(backfillParams: $params) {{ {_BACKFILL_LAUNCHED} }} }}"
)
CANCEL_BACKFILL = (
    "mutation C($id: String!) { answer: cancelPartitionBackfill(backfillId: $id)"
    f" {{ __typename {_ERROR} }} }}"
)
RERUN_BACKFILL = (
    "mutation R($params: ReexecutionParams!) {"
    f" answer: reexecutePartitionBackfill(reexecutionParams: $params) {{ {_BACKFILL_LAUNCHED} }} }}"
)
RERUN_RUN = (
    "mutation R($params: ReexecutionParams!) {"
    f" answer: launchRunReexecution(reexecutionParams: $params) {{ {_RUN_LAUNCHED} }} }}"
)
LAUNCH_RUN = (
    "mutation L($params: ExecutionParams!) {"
    f" answer: launchRun(executionParams: $params) {{ {_RUN_LAUNCHED} }} }}"
)
BACKFILL = """
query B($id: String!) {
  answer: partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill { status runs(limit: 50) { runId status } }
  }
}
"""
RUN = """
query R($id: ID!) {
  answer: runOrError(runId: $id) {
    ... on Run { status tags { key value } assetMaterializations { assetKey { path } partition } }
  }
}
"""
LOGS = """
query L($id: ID!) {
  answer: logsForRun(runId: $id) {
    ... on EventConnection { events {
      __typename
      ... on MessageEvent { message }
      ... on ExecutionStepFailureEvent { failureMetadata { description } error { message } }
      ... on AssetCheckEvaluationEvent { evaluation { success description } }
      ... on ObservationEvent { description metadataEntries {
        label ... on MarkdownMetadataEntry { mdStr } } }
    } }
  }
}
"""
OBSERVED = """
query O($path: [String!]!) {
  answer: assetOrError(assetKey: {path: $path}) {
    ... on Asset { assetObservations(limit: 200) {
      metadataEntries { label ... on FloatMetadataEntry { floatValue } } } }
  }
}
"""
CHECK = """
query C($path: [String!]!, $name: String!) {
  answer: assetNodeOrError(assetKey: {path: $path}) {
    ... on AssetNode { assetCheckOrError(checkName: $name) {
      ... on AssetCheck { canExecuteIndividually } } }
  }
}
"""
START_SENSOR = (
    "mutation S($selector: SensorSelector!) {"
    f" answer: startSensor(sensorSelector: $selector) {{ __typename {_ERROR} }} }}"
)
SENSOR = """
query S($selector: SensorSelector!) {
  answer: sensorOrError(sensorSelector: $selector) { ... on Sensor { id sensorState { status } } }
}
"""
STOP_SENSOR = f"mutation S($id: String) {{ answer: stopSensor(id: $id) {{ __typename {_ERROR} }} }}"


class Operator:
    """Somebody at the UI of a running Dagster."""

    def __init__(self, dagster: DagsterProcesses) -> None:
        self.dagster = dagster

    def _ask(self, query: str, **variables: object) -> dict[str, Any]:
        answer = self.dagster.ask(query, **variables)["answer"]
        assert "Error" not in answer.get("__typename", ""), answer
        return dict(answer)

    def lags(self, view: str) -> list[float]:
        """Return the lags that the page of a view plots, in seconds, newest first."""
        events = self._ask(OBSERVED, path=[view])["assetObservations"]
        entries = [entry for event in events for entry in event["metadataEntries"]]
        return [entry["floatValue"] for entry in entries if entry["label"] == "lag seconds"]

    def switch_sensor(self, name: str, *, on: bool) -> None:
        """Switch a sensor on or off, as the page Automation does."""
        selector = {**REPOSITORY, "sensorName": name}
        if on:
            self._ask(START_SENSOR, selector=selector)
        else:
            self._ask(STOP_SENSOR, id=self._ask(SENSOR, selector=selector)["id"])

    def backfill(self, views: Sequence[str], hours: Sequence[datetime]) -> str:
        """Launch hours of some views; return the backfill's id."""
        params = {
            "assetSelection": [{"path": [view]} for view in views],
            "partitionNames": [key_of(hour) for hour in hours],
        }
        return str(self._ask(LAUNCH_BACKFILL, params=params)["backfillId"])

    def cancel(self, backfill: str) -> None:
        """Cancel a backfill."""
        self._ask(CANCEL_BACKFILL, id=backfill)

    def rerun_backfill(self, backfill: str) -> str:
        """Re-execute a backfill from failure; return the new one's id."""
        params = {"parentRunId": backfill, "strategy": "FROM_FAILURE"}
        return str(self._ask(RERUN_BACKFILL, params=params)["backfillId"])

    def rerun(self, run: str) -> str:
        """Re-execute a run from failure; return the new one's id."""
        params = {"parentRunId": run, "strategy": "FROM_FAILURE"}
        return str(self._ask(RERUN_RUN, params=params)["run"]["runId"])

    def launch(self, job: str, **config: object) -> str:
        """Launch a job of maintenance from its launchpad; return the run's id."""
        params = {
            "selector": {**REPOSITORY, "jobName": job},
            "runConfigData": json.dumps({"ops": {f"run_{job}": {"config": config}}}),
        }
        return str(self._ask(LAUNCH_RUN, params=params)["run"]["runId"])

    def ask_check(self, view: str, check: str) -> tuple[bool, str]:
        """Ask one check of one view; return whether it passed, and what it says."""
        params = {
            "selector": {
                **REPOSITORY,
                "jobName": "__ASSET_JOB",
                "assetSelection": [],
                "assetCheckSelection": [{"assetKey": {"path": [view]}, "name": check}],
            }
        }
        run = str(self._ask(LAUNCH_RUN, params=params)["run"]["runId"])
        self.ended(run, "SUCCESS")
        found = self._ask(CHECK, path=[view], name=check)["assetCheckOrError"]
        assert found["canExecuteIndividually"] == "CAN_EXECUTE"
        events = self._ask(LOGS, id=run)["events"]
        (one,) = [event["evaluation"] for event in events if event.get("evaluation")]
        return one["success"], one["description"]

    def runs_of(self, backfill: str) -> list[str]:
        """Return the runs of a backfill."""
        return [run["runId"] for run in self._ask(BACKFILL, id=backfill)["runs"]]

    def backfill_ended(self, backfill: str, *statuses: str) -> None:
        """Wait until a backfill has ended, in one of the ways that it may."""

        def ended() -> str | None:
            now = str(self._ask(BACKFILL, id=backfill)["status"])
            return now if now in BACKFILL_ENDED else None

        assert self.dagster.wait_for(f"backfill {backfill}", ended, WAIT_S) in statuses

    def ended(self, run: str, status: str) -> None:
        """Wait until a run has ended, as it should."""

        def ended() -> str | None:
            now = str(self._ask(RUN, id=run)["status"])
            return now if now in ENDED else None

        found = self.dagster.wait_for(f"run {run}", ended, WAIT_S)
        assert found == status, self.said(run)

    def recorded(self, run: str, view: str) -> list[str]:
        """Return the hours of a view that a run has recorded so far, each once."""
        events = self._ask(RUN, id=run)["assetMaterializations"]
        found = [event["partition"] for event in events if event["assetKey"]["path"] == [view]]
        return sorted(set(found))

    def tags(self, run: str) -> Mapping[str, str]:
        """Return the tags of a run."""
        return {tag["key"]: tag["value"] for tag in self._ask(RUN, id=run)["tags"]}

    def said(self, run: str) -> str:
        """Return what the page of a run says: its log, and why steps failed."""
        lines = []
        for event in self._ask(LOGS, id=run)["events"]:
            lines.append(event.get("message") or "")
            lines.append((event.get("failureMetadata") or {}).get("description") or "")
            lines.append((event.get("error") or {}).get("message") or "")
        return "\n".join(filter(None, lines))

    def plan(self, run: str) -> tuple[str, str]:
        """Return the headline and the plan that the page of a run of maintenance shows."""
        (told,) = [
            event
            for event in self._ask(LOGS, id=run)["events"]
            if event["__typename"] == "ObservationEvent"
        ]
        (plan,) = [entry["mdStr"] for entry in told["metadataEntries"] if entry["label"] == "plan"]
        return told["description"], plan
