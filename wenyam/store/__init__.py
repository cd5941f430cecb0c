"""The embedded database: schema, migrations, named queries, locks and the fact chain."""
