"""A state's own OpenID provider: how it is set up, and how people sign in with it.

`discovery` and `asking` speak to the provider and know no database, `trying` tries it with them; `id_tokens` is pure;
`actions` are the verbs. No request holds a database connection while it waits for the provider.
"""
