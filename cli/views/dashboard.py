"""Text of a store's dashboard: its sales by day, its orders by status, recent orders."""

from cli.terminal.output import print_facts, print_table, say, to_seconds
from operations.store_dashboard import Sales, StoreDashboard


def print_dashboard(figures: StoreDashboard) -> None:
    """Print the figures, each group under its heading."""
    say(f"Store {figures.store.store_id}")
    lifetime = ", ".join(map(str, figures.lifetime_sales)) or None
    print_facts({"name": figures.store.name, "orders": figures.orders, "lifetime_sales": lifetime})
    for sales in figures.sales:
        say("", f"Sales of the last {figures.period} days: {sales.total}{_change(sales, figures.period)}")
        print_table(("DAY", "ORDERS", "TOTAL"), [(day.day, day.orders, day.total) for day in sales.days])
    if figures.statuses:
        say("", "Orders by status")
        print_table(("STATUS", "ORDERS"), [(row.status, row.orders) for row in figures.statuses])
    if figures.recent_orders:
        say("", "Recent orders")
        rows = [
            (to_seconds(row.purchase_date), row.amazon_order_id, row.status, row.total, row.note)
            for row in figures.recent_orders
        ]
        print_table(("BOUGHT", "ORDER", "STATUS", "TOTAL", "NOTE"), rows)


def _change(sales: Sales, period: int) -> str:
    if sales.change is None:
        return f" (nothing in the {period} days before)"
    return f" ({sales.change:+}% against the {period} days before)"
