"""What the Olist sample says, computed without the importer."""
import csv, datetime, json, os, sys
from collections import Counter, defaultdict

folder = sys.argv[1]
read = lambda name: list(csv.DictReader(open(os.path.join(folder, name + ".csv"), newline="", encoding="utf-8-sig")))
cents = lambda text: round(float(text) * 100)
NEVER = float("inf")


def seconds(text):
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc).timestamp())


person = {row["customer_id"]: row["customer_unique_id"] for row in read("olist_customers_dataset")}
orders = {row["order_id"]: row for row in read("olist_orders_dataset")}
english = {row["product_category_name"]: row["product_category_name_english"] for row in read("product_category_name_translation")}
category = {row["product_id"]: row["product_category_name"] for row in read("olist_products_dataset")}
histories = defaultdict(list)
add = lambda order, at, name: histories[person[order["customer_id"]]].append((at, name))
by_customer_id = {row["customer_id"]: row for row in orders.values()}
for row in read("olist_customers_dataset"):
    order = by_customer_id[row["customer_id"]]
    add(order, seconds(order["order_purchase_timestamp"]), "party.registered")
    add(order, seconds(order["order_purchase_timestamp"]), "party.fact_recorded")
late = 0
for order in orders.values():
    add(order, seconds(order["order_purchase_timestamp"]), "order.placed")
    add(order, seconds(order["order_purchase_timestamp"]), "delivery.promised")
    for column in ("order_approved_at", "order_delivered_carrier_date"):
        if order[column]:
            add(order, seconds(order[column]), "process.step_recorded")
    if order["order_delivered_customer_date"]:
        add(order, seconds(order["order_delivered_customer_date"]), "delivery.completed")
        late += order["order_delivered_customer_date"][:10] > order["order_estimated_delivery_date"][:10]
    if order["order_status"] in ("canceled", "unavailable"):
        add(order, NEVER, "order.changed")
categories, methods, scores = Counter(), Counter(), Counter()
total = comments = 0
for item in read("olist_order_items_dataset"):
    name = category.get(item["product_id"], "")
    categories[english.get(name) or name] += cents(item["price"])
    total += cents(item["price"]) + cents(item["freight_value"])
for payment in read("olist_order_payments_dataset"):
    order = orders[payment["order_id"]]
    methods[payment["payment_type"]] += cents(payment["payment_value"])
    add(order, seconds(order["order_approved_at"] or order["order_purchase_timestamp"]), "payment.received")
for review in read("olist_order_reviews_dataset"):
    order = orders[review["order_id"]]
    scores[review["review_score"]] += 1
    comments += len((review["review_comment_title"].strip() + " " + review["review_comment_message"].strip()).strip())
    add(order, seconds(review["review_creation_date"]), "survey.sent")
    add(order, seconds(review["review_answer_timestamp"]), "survey.answered")
# Within one second the order is that of the tables, and so of the lists above.
text = lambda entry: ("-" if entry[0] == NEVER else str(entry[0])) + " " + entry[1]
ordered = {name: [text(entry) for entry in sorted(entries, key=lambda entry: entry[0])] for name, entries in histories.items()}
print(json.dumps({"scores": scores, "categories": categories, "methods": methods, "total": total, "comments": comments, "late": late, "histories": ordered}))
