"""cXML 1.2: OrderRequest out; ConfirmationRequest, ShipNoticeRequest and InvoiceDetailRequest in."""
