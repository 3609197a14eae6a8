"""What every request passes: host -> scope, who asks, one transaction, errors, paging, idempotency, health."""
