"""Vendors' catalogs: files in whatever columns, packs, prices, and the API of contracts and items."""
