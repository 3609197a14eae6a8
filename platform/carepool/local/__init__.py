"""Carepool on one machine: servers from wheels, one supervisor, nothing to install."""
