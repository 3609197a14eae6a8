"""Imports every module that declares tables, so that the registered models are complete."""

import carepool.files
import carepool.identity.models
import carepool.imports.models
import carepool.jobs.models
import carepool.notifications.models
import carepool.oidc.models
import carepool.outbox
import carepool.programs.models
import carepool.purchasing.models.catalogs
import carepool.purchasing.models.closings
import carepool.purchasing.models.invitations
import carepool.purchasing.models.minimums
import carepool.purchasing.models.orders
import carepool.purchasing.models.packing_documents
import carepool.purchasing.models.purchase_orders
import carepool.purchasing.models.purchases
import carepool.purchasing.models.saved_sets
import carepool.purchasing.models.spending
import carepool.purchasing.sales_tax.models
import carepool.purchasing.savings.models
import carepool.records.models
import carepool.shopping.models
import carepool.web.idempotency
import carepool.webhooks.models
import tenants.registry
import tenants.state_settings
import tenants.state_words

__all__ = ["carepool", "tenants"]
