"""Group purchasing: coordinators open timed purchases from catalogs, programs order, a close makes bulk orders."""
