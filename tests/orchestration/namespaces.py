"""Hosts on a network of their own: one namespace each, joined by a bridge to this machine."""

import asyncio
import itertools
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

NETWORKS = itertools.count(os.getpid() % 200)


class NoNamespaces(Exception):
    """This machine lets us make none; the text has its words."""


@contextmanager
def network(hosts: int) -> Iterator[tuple[str, list[str]]]:
    """
    Make *hosts* namespaces; yield the address of this machine and their names.

    Everything is named after this process and removed at the end. A namespace reaches this
    machine's address on the bridge, and nothing else: its 127.0.0.1 is its own.

    Raises:
        NoNamespaces: It takes rights that we do not have.
    """
    net, tag = next(NETWORKS) % 250, f"lim{os.getpid() % 100000}"
    gateway, bridge = f"10.213.{net}.1", f"{tag}b"
    with ExitStack() as made:
        made.enter_context(_made(f"link add {bridge} type bridge", f"link del {bridge}"))
        _ip(f"addr add {gateway}/24 dev {bridge}")
        _ip(f"link set {bridge} up")
        names = []
        for at in range(hosts):
            name, end = f"{tag}n{at}", f"{tag}v{at}"
            made.enter_context(_made(f"netns add {name}", f"netns del {name}"))
            _ip(f"link add {end} type veth peer name eth0 netns {name}")
            _ip(f"link set {end} master {bridge} up")
            _ip(f"-n {name} addr add 10.213.{net}.{at + 2}/24 dev eth0")
            _ip(f"-n {name} link set eth0 up")
            _ip(f"-n {name} link set lo up")
            names.append(name)
        yield gateway, names


@contextmanager
def forwarded(address: str, port: int) -> Iterator[int]:
    """Let others reach a loopback port of this machine at *address*; yields the port there."""
    loop = asyncio.new_event_loop()

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_copied(reader, inner_writer), _copied(inner_reader, writer))

    server = loop.run_until_complete(asyncio.start_server(joined, address, 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_closed(server), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def _closed(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def _made(command: str, undo: str) -> Iterator[None]:
    _ip(command)
    try:
        yield
    finally:
        _ip(undo)


def _ip(command: str) -> None:
    try:
        done = subprocess.run(["ip", *command.split()], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NoNamespaces("there is no program ip") from error
    if done.returncode:
        raise NoNamespaces(f"ip {command}: {done.stderr.strip()}")
