"""Signed webhooks (Standard Webhooks): what happens in a state is posted to the addresses that its people wrote down."""
