"""A state's own OpenID provider: how it is set up, and how people sign in with it.

`discovery` and `asking` speak to the provider and know no database; `id_tokens` and `settings` are pure; `actions` are
the verbs. No request holds a database connection while it waits for the provider.
"""
