"""The database itself: engine, migrations, clock, leadership, translation of driver errors."""
