"""What the online shop's file says, computed without the importer."""
import csv, gzip, json, os, sys
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal

invoices = {}
lines = 0
path = os.path.join(sys.argv[1], "online_retail_by_day_concat.csv.gz")
for row in csv.DictReader(gzip.open(path, "rt", encoding="utf-8", newline="")):
    lines += 1
    net = Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])
    cents = int((net * 100).quantize(Decimal(1), ROUND_HALF_EVEN))
    customer = row["CustomerID"].split(".")[0]
    invoice = invoices.setdefault(row["InvoiceNo"], [customer, 0])
    invoice[1] += cents
by_customer = defaultdict(lambda: [0, 0])
for customer, cents in invoices.values():
    by_customer[customer][0] += 1
    by_customer[customer][1] += cents
total = sum(cents for _, cents in invoices.values())
credit_notes = sum(number.startswith("C") for number in invoices)
print(json.dumps({"lines": lines, "total": total, "credit_notes": credit_notes, "by_customer": by_customer}))
