"""Alliances: programs that share services under one hub, who their members are, and who works at the hub."""
