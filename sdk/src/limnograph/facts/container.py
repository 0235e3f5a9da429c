"""
The container and the Kubernetes pod that the process runs in, from files and the environment.

A container's id stands in the cgroup's path (version 1, or version 2 without a namespace of its
own), else in the paths of what the runtime mounts into it. A pod is known by the downward API:
variables under their usual names, files under ``/etc/podinfo``.
"""

import re
from collections.abc import Mapping

from limnograph.facts.files import lines_of, start_of, under

_IN_CGROUP = re.compile(r"(?:^|[/:-])([0-9a-f]{64})(?:\.scope)?$")
_IN_MOUNT = re.compile(r"/(?:[a-z]+-)?containers/([0-9a-f]{64})/")
_POD_IN_PATH = re.compile(r"/?pods?[/-]?([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})")

_SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"
_POD_FILES = "/etc/podinfo/"

_POD = {
    "k8s.pod.name": (("K8S_POD_NAME", "KUBERNETES_POD_NAME", "POD_NAME", "MY_POD_NAME"), "name"),
    "k8s.namespace.name": (
        ("K8S_NAMESPACE", "KUBERNETES_NAMESPACE", "POD_NAMESPACE", "MY_POD_NAMESPACE"),
        "namespace",
    ),
    "k8s.node.name": (("K8S_NODE_NAME", "KUBERNETES_NODE_NAME", "NODE_NAME", "MY_NODE_NAME"), ""),
    "k8s.pod.uid": (("K8S_POD_UID", "KUBERNETES_POD_UID", "POD_UID", "MY_POD_UID"), "uid"),
}
"""Property to the variables that people set for it, and its file of the downward API."""


def container_facts(environ: Mapping[str, str], root: str = "/") -> dict[str, str]:
    """Return ``container.id`` and, inside Kubernetes, ``k8s.*``; nothing outside of both."""
    groups = list(lines_of(under(root, "/proc/self/cgroup")))
    mounts = list(lines_of(under(root, "/proc/self/mountinfo")))
    facts = {"container.id": _container_id(groups, mounts)}
    pod_uid = _pod_uid(groups, mounts)
    if pod_uid or environ.get("KUBERNETES_SERVICE_HOST"):
        facts |= _pod(environ, root, pod_uid)
    return {key: value for key, value in facts.items() if value}


def _container_id(groups: list[str], mounts: list[str]) -> str:
    for line in groups:
        found = _IN_CGROUP.search(line)
        if found:
            return found[1]
    for line in mounts:
        found = _IN_MOUNT.search(line)
        if found:
            return found[1]
    return ""


def _pod_uid(groups: list[str], mounts: list[str]) -> str:
    for line in groups:
        found = "kubepods" in line and _POD_IN_PATH.search(line)
        if found:
            return found[1].replace("_", "-")
    for line in mounts:
        found = "/kubelet/pods/" in line and _POD_IN_PATH.search(line)
        if found:
            return found[1]
    return ""


def _pod(environ: Mapping[str, str], root: str, uid: str) -> dict[str, str]:
    facts = {}
    for key, (variables, file) in _POD.items():
        told = next((environ[name] for name in variables if environ.get(name)), "")
        facts[key] = told or (start_of(under(root, _POD_FILES + file)).strip() if file else "")
    facts["k8s.pod.uid"] = facts["k8s.pod.uid"] or uid
    facts["k8s.pod.name"] = facts["k8s.pod.name"] or environ.get("HOSTNAME", "")
    namespace = start_of(under(root, _SERVICE_ACCOUNT)).strip()
    facts["k8s.namespace.name"] = facts["k8s.namespace.name"] or namespace
    return facts
