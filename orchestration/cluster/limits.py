"""Every limit of work on a cluster, with what happens when it is reached."""

CONNECT_TIMEOUT_S = 60
"""A scheduler that does not answer by then, or has no worker by then, fails the step, retriably."""

WORKERS_GONE_S = 60
"""A cluster whose last worker has been gone for so long fails the step; it is retried."""

CLUSTER_WAITS_S = (15.0, 60.0)
"""Steps of maintenance that a cluster has left undone are tried again after each of these waits;
then they have failed, and the next run plans them anew."""

LOOK_S = 5.0
"""How often a run that waits for its workers looks whether there still are any."""

WORKER_CONNECTIONS_MAX = 8
"""Postgres connections of one worker process; with more than four threads they wait for one."""
