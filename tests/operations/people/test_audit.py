"""The audit log: each change of stores, publishers, products and matches, with who made it."""

from operations.catalog.listings import create_product, match_automatically, match_listing, unmatch_listing
from operations.catalog.product_file import ProductRow
from operations.catalog.products import set_product
from operations.people.audit import list_actions
from operations.publishers import remove_publisher, set_publisher
from operations.store_changes import add_store, change_store
from tests.builders import STORE_ID, an_item, placed
from tests.harness import Pipeline


def test_the_audit_log_has_every_change_of_stores_publishers_products_and_matches(pipeline: Pipeline) -> None:
    context = pipeline.context
    pipeline.handle(placed(items=(an_item(1), an_item(2, seller_sku="sku-3"), an_item(4))))
    add_store(context, "new", {"import_orders": False}, actor="ann")
    change_store(context, "new", {"import_orders": True}, actor="bob")
    set_publisher(context, "upstream", ["new"], [], actor="ann")
    remove_publisher(context, "upstream", actor="bob")
    set_product(context, ProductRow(sku="SKU-3"), actor="ann")
    match_listing(context, STORE_ID, "SKU-1", "SKU-3", actor="ann")
    unmatch_listing(context, STORE_ID, "SKU-1", actor="bob")
    match_automatically(context, actor="ann")
    create_product(context, STORE_ID, "SKU-4", actor="bob")
    acts = [(act.who, act.action, act.subject) for act in reversed(list_actions(context).rows)]
    assert acts == [
        ("ann", "store.add", "new"),
        ("bob", "store.change", "new"),
        ("ann", "publisher.set", "upstream"),
        ("bob", "publisher.remove", "upstream"),
        ("ann", "product.set", "SKU-3"),
        ("ann", "listing.match", "SKU-1"),
        ("bob", "listing.unmatch", "SKU-1"),
        ("ann", "listing.match", "sku-3"),
        ("bob", "product.set", "SKU-4"),
        ("bob", "listing.match", "SKU-4"),
    ]
    assert list_actions(context, action="store.change").rows[0].details == {"import_orders": True}
