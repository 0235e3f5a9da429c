"""Containers and pods as they look from inside: file trees copied down from real ones."""

from pathlib import Path

import pytest

from limnograph.facts.container import container_facts

ID = "5f3c" * 16
UID = "9d2c1f0e-7a55-4c1b-8a52-0f6a1c2b3d4e"

DOCKER_V1 = f"12:memory:/docker/{ID}\n1:name=systemd:/docker/{ID}\n"
SYSTEMD_V2 = f"0::/system.slice/docker-{ID}.scope\n"
POD_V1 = f"11:cpu:/kubepods/burstable/pod{UID}/{ID}\n"
POD_SLICES = (
    "0::/kubepods.slice/kubepods-burstable.slice/"
    f"kubepods-burstable-pod{UID.replace('-', '_')}.slice/cri-containerd-{ID}.scope\n"
)
DOCKER_MOUNT = (
    f"871 851 254:1 /docker/containers/{ID}/hostname /etc/hostname rw - ext4 /dev/vda1 rw\n"
)
PODMAN_MOUNT = (
    f"771 751 0:2 /containers/storage/overlay-containers/{ID}/userdata/hosts /etc/hosts rw\n"
)
SANDBOX_MOUNT = (
    f"1 2 8:1 /var/lib/kubelet/pods/{UID}/containers/app/0a1b2c3d /dev/termination-log rw\n"
    f"1 2 8:1 /run/containerd/io.containerd.grpc.v1.cri/sandboxes/{ID}/hostname /etc/hostname\n"
)


def tree(root: Path, files: dict[str, str]) -> str:
    """Write a file tree and return its root."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(root)


@pytest.mark.parametrize(
    ("cgroup", "mountinfo", "found"),
    [
        (DOCKER_V1, "", {"container.id": ID}),
        (SYSTEMD_V2, "", {"container.id": ID}),
        ("0::/\n", DOCKER_MOUNT, {"container.id": ID}),
        ("0::/\n", PODMAN_MOUNT, {"container.id": ID}),
        (POD_V1, "", {"container.id": ID, "k8s.pod.uid": UID}),
        (POD_SLICES, "", {"container.id": ID, "k8s.pod.uid": UID}),
        ("0::/\n", SANDBOX_MOUNT, {"k8s.pod.uid": UID}),
        ("0::/user.slice/user-1000.slice/session-2.scope\n", "", {}),
        ("0::/\n", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n", {}),
    ],
)
def test_the_container_is_known_by_its_cgroup_or_its_mounts(
    tmp_path: Path, cgroup: str, mountinfo: str, found: dict[str, str]
) -> None:
    """
    Both versions of cgroups, with and without a namespace; a sandbox's id is not a container's.
    """
    files = {"proc/self/cgroup": cgroup, "proc/self/mountinfo": mountinfo}
    assert container_facts({}, tree(tmp_path, files)) == found


def test_a_pod_is_known_by_the_downward_api(tmp_path: Path) -> None:
    """
    Variables win over files, files over what every pod has.
    """
    root = tree(
        tmp_path,
        {
            "etc/podinfo/name": "shop-6d8f\n",
            "etc/podinfo/uid": UID,
            "var/run/secrets/kubernetes.io/serviceaccount/namespace": "prod",
        },
    )
    environ = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "HOSTNAME": "h", "NODE_NAME": "node-3"}
    expected = {
        "k8s.pod.name": "shop-6d8f",
        "k8s.namespace.name": "prod",
        "k8s.node.name": "node-3",
        "k8s.pod.uid": UID,
    }
    assert container_facts(environ, root) == expected
    told = container_facts({**environ, "POD_NAME": "x", "POD_NAMESPACE": "y"}, root)
    assert (told["k8s.pod.name"], told["k8s.namespace.name"]) == ("x", "y")


def test_outside_of_kubernetes_its_variables_mean_nothing(tmp_path: Path) -> None:
    """
    A NODE_NAME on a laptop is somebody else's.
    """
    assert container_facts({"NODE_NAME": "laptop", "HOSTNAME": "h"}, str(tmp_path)) == {}
