"""The database itself: engine, migrations, clock, leadership, driver errors."""
