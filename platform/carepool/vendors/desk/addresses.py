"""Addresses of pages at a vendor's desk."""

from typing import Any

from flask import current_app

from tenants.registry import desk_host_of


def desk_address(endpoint: str, vendor_id: int, **values: Any) -> str:
    """Return the whole address of a page at a vendor's desk. Raises LookupError where the vendor has none."""
    host = desk_host_of(vendor_id)
    if host is None:
        raise LookupError(f"The vendor {vendor_id} has no desk.")
    return address_at(host, endpoint, **values)


def address_at(host: str, endpoint: str, **values: Any) -> str:
    """Return the whole address of a page at a host."""
    port = current_app.config["CAREPOOL_PORT"]
    rules = current_app.url_map.bind(
        f"{host}:{port}" if port else host, url_scheme=current_app.config["CAREPOOL_SCHEME"]
    )
    return rules.build(endpoint, values, force_external=True)
