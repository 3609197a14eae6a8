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
import carepool.purchasing.receiving.models.claims
import carepool.purchasing.receiving.models.collecting
import carepool.purchasing.receiving.models.counting
import carepool.purchasing.receiving.models.documents
import carepool.purchasing.receiving.models.sharing
import carepool.purchasing.sales_tax.models
import carepool.purchasing.savings.models
import carepool.purchasing.settlement.models.bills
import carepool.purchasing.settlement.models.invoices
import carepool.purchasing.settlement.models.ledger
import carepool.purchasing.settlement.models.payments
import carepool.purchasing.substitutes.models
import carepool.records.models
import carepool.shopping.models
import carepool.vendors.answers.models
import carepool.vendors.changes.models
import carepool.vendors.deliveries.models
import carepool.vendors.inbox.models
import carepool.vendors.links.models
import carepool.vendors.terms.models
import carepool.web.idempotency
import carepool.webhooks.models
import tenants.registry
import tenants.state_settings
import tenants.state_words

__all__ = ["carepool", "tenants"]
