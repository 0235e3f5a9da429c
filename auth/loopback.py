"""Whether an address can be reached from this machine only."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Tell whether *host* is a loopback address or the name of one; other names are not asked."""
    if host.strip().lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip().strip("[]")).is_loopback
    except ValueError:
        return False
