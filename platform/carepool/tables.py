"""Imports every module that declares tables, so that the registered models are complete."""

import carepool.files
import carepool.identity.models
import carepool.jobs
import carepool.outbox
import carepool.programs.models
import carepool.web.idempotency
import tenants.registry
import tenants.state_words

__all__ = ["carepool", "tenants"]
