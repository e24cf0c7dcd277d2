"""Invents events about customers of a story: orders, money, roles, merges, and corrections of these."""

import datetime
import json
import random
import uuid

# With the seed of the demo's story, this one's events notice a change of nearly every rule in the SQL.
SEED = 14
MONEY = [
    "order.placed", "order.changed", "invoice.issued", "payment.received", "cost.allocated", "concession.granted",
]


class Author:
    """Invents events about customers of a story; the same story always gets the same ones."""

    # Of these types events are changed later, and some are of no customer.
    kinds = MONEY

    def __init__(self, story):
        self.random = random.Random(SEED)
        self.parties = sorted({event["customer"] for event in story if event["type"] == "party.registered"})
        # Few customers, so that each has several orders, changes and payments, and many are merged.
        self.customers = self.random.sample(self.parties, 60)
        self.events = [event for event in story if event["type"] in self.kinds]
        self.adjustments, self.merges, self.number = [], [], 0

    def batch(self, day):
        """About 170 events that are recorded on this day and occurred in the twenty months before it."""
        self.day = day
        kinds = [self.order] * 30 + [self.change] * 30 + [self.invoice] * 20 + [self.payment] * 25 + [self.cost] * 15
        kinds += [self.concession] * 6 + [self.role] * 12 + [self.newcomer] * 6 + [self.merge] * 6 + [self.unmerge] * 2
        kinds += [self.correct] * 16 + [self.retract] * 8
        self.random.shuffle(kinds)
        return [event for kind in kinds if (event := kind())]

    def event(self, kind, payload, customer=None, after=None):
        name = kind if "." in kind else kind.replace("_", ".", 1)
        day = datetime.datetime.combine(self.day, datetime.time())
        occurred = day - datetime.timedelta(days=self.random.choice([30, 200, 600]) * self.random.random())
        if after is not None:
            occurred = after + (day - after) * self.random.random()
        if self.random.random() < 0.1:
            # In the ledger's zone this is the first hour or two of the month.
            occurred = datetime.datetime(occurred.year, occurred.month, 1) - datetime.timedelta(hours=1)
        event = {
            "id": str(uuid.UUID(int=self.random.getrandbits(128), version=4)),
            "type": name,
            "stream": "additions",
            "customer": self.random.choice(self.customers) if customer is None else customer,
            "occurredAt": occurred.isoformat() + "Z",
            "payload": {camel(kind.replace(".", "_")): payload},
        }
        if self.random.random() < 0.03 and name in self.kinds:
            event["customer"] = ""
        if name in self.kinds:
            self.events.append(event)
        return event

    def money(self, low=0, currency=None):
        return {"minorUnits": str(self.random.randint(low, 500_000)), "currency": currency or self.currency()}

    def currency(self):
        return self.random.choice(["EUR", "EUR", "EUR", "PLN", "USD"])

    def fresh(self, prefix):
        self.number += 1
        return f"{prefix}-{self.number}"

    def line(self, currency, back):
        money = self.money(currency=currency)
        line = {"product": self.random.choice(["filter", "service", "sensor"]), "net": money, "quantity": "1.5"}
        if back:
            money["minorUnits"] = "-" + money["minorUnits"]
            line["quantity"] = "-0.5"
        return line

    def lines(self, currency, back):
        """Up to three lines; `back` is how likely goods came back with each."""
        return [self.line(currency, self.random.random() < back) for _ in range(self.random.randint(1, 3))]

    def order(self):
        """With lines, a total or no amounts; or one more event of an order."""
        if self.random.random() < 0.2:
            order, customer = self.an_order()
            return self.event("order_placed", {"orderId": order["payload"]["orderPlaced"]["orderId"],
                                               "lines": self.lines(self.currency_of(order), back=0.1)}, customer)
        form = self.random.random()
        order = {"orderId": self.fresh("AO")}
        if form < 0.85:
            order["lines"] = self.lines(self.currency(), back=0.1)
            if form < 0.1:
                del order["lines"][0]["net"]
        elif form < 0.95:
            order["total"] = self.money()
        return self.event("order_placed", order)

    def an_order(self):
        """An order that there is, and its customer or at times an id that was merged with it."""
        orders = [event for event in self.events if event["type"] == "order.placed"]
        pairs = [merge["payload"]["partyMerged"].values() for merge in self.merges]
        merged = [order for order in orders if any(order["customer"] in pair for pair in pairs)]
        order = self.random.choice(merged if merged and self.random.random() < 0.5 else orders)
        others = [other for pair in pairs if order["customer"] in pair for other in pair]
        return order, self.random.choice([order["customer"], *others])

    def currency_of(self, order):
        """One event's amounts have one currency; those of its order need not."""
        said = order["payload"]["orderPlaced"]
        amounts = [line["net"] for line in said.get("lines", []) if "net" in line] + [said.get("total")]
        return amounts[0]["currency"] if amounts[0] else self.currency()

    def change(self):
        """A return, an amendment or a cancellation."""
        order, customer = self.an_order()
        change = {"orderId": order["payload"]["orderPlaced"]["orderId"]}
        change["op"] = self.random.choice(["OP_CANCEL", "OP_RETURN", "OP_RETURN", "OP_AMEND"])
        if change["op"] == "OP_RETURN":
            change["lines"] = self.lines(self.currency_of(order), back=1)
        elif change["op"] == "OP_AMEND" and self.random.random() < 0.8:
            change["lines"] = self.lines(self.currency_of(order), back=0)
        placed = datetime.datetime.fromisoformat(order["occurredAt"].removesuffix("Z"))
        return self.event("order_changed", change, customer, placed)

    def invoice(self):
        """An invoice with or without a due date, a credit note, a total below 0, or one more event of an invoice."""
        form = self.random.random()
        invoice = {"invoiceId": self.fresh("AI"), "kind": "KIND_INVOICE", "total": self.money(low=1)}
        customer = None
        if form < 0.2:
            invoice["kind"] = self.random.choice(["KIND_CREDIT_NOTE", "KIND_CREDIT_NOTE", "KIND_INVOICE"])
            invoice["total"]["minorUnits"] = "-" + invoice["total"]["minorUnits"]
        elif form < 0.3:
            other = self.random.choice([event for event in self.events if event["type"] == "invoice.issued"])
            said, customer = other["payload"]["invoiceIssued"], other["customer"]
            invoice["invoiceId"] = said["invoiceId"]
            invoice["total"] = self.money(low=-1000, currency=said["total"]["currency"])
        if form >= 0.2 and self.random.random() < 0.8:
            days = self.random.choice([0] * 5 + [*range(-300, 60, 5)])
            invoice["due"] = (self.day + datetime.timedelta(days=days)).isoformat()
        return self.event("invoice_issued", invoice, customer)

    def payment(self):
        """Of some invoices of a customer, or of none; too little or too much, at times in another currency."""
        invoices = [event for event in self.events if event["type"] == "invoice.issued"]
        invoice = self.random.choice(invoices)
        said = invoice["payload"]["invoiceIssued"]
        payment = {"amount": self.money(low=1), "method": "transfer"}
        if self.random.random() < 0.9:
            payment["amount"]["currency"] = said["total"]["currency"]
        currency, named = payment["amount"]["currency"], []
        if self.random.random() < 0.7:
            same = [other for other in invoices if other["customer"] == invoice["customer"]]
            named = [invoice, *self.random.sample(same, min(2, len(same)))]
            payment["invoiceIds"] = sorted({other["payload"]["invoiceIssued"]["invoiceId"] for other in named})
            payment["invoiceIds"] += ["unknown"] * (self.random.random() < 0.1)
        event = self.event("payment_received", payment, invoice["customer"])
        if any(other["payload"]["invoiceIssued"]["total"]["currency"] != currency for other in named):
            # Whose a payment is that names no customer and an invoice in another currency is not compared.
            event["customer"] = invoice["customer"]
        return event

    def cost(self):
        kind = self.random.choice(["COGS", "SERVICE", "DELIVERY", "RETENTION", "ACQUISITION"])
        return self.event("cost_allocated", {"kind": f"KIND_{kind}", "amount": self.money(low=-50_000)})

    def concession(self):
        concession = {"kind": "KIND_" + self.random.choice(["DISCOUNT", "TERMS", "SERVICE"])}
        if self.random.random() < 0.7:
            concession["value"] = self.money()
        return self.event("concession_granted", concession)

    def role(self):
        role = {"role": "ROLE_" + self.random.choice(["CUSTOMER", "SUPPLIER", "PARTNER", "EMPLOYEE"])}
        if self.random.random() < 0.5:
            role["to"] = self.day.isoformat() + "T00:00:00Z"
        return self.event("party_role_assigned", role, self.random.choice(self.parties))

    def newcomer(self):
        """The only event of a party, which makes it a prospect, a suspect or nothing."""
        kind, payload = self.random.choice([
            ("party_lifecycle_changed", {"to": "STATE_SUSPECT"}),
            ("party_fact_recorded", {"category": "CATEGORY_SEGMENT_ATTRIBUTE", "key": "sector"}),
            ("party_fact_recorded", {"category": "CATEGORY_PREFERENCE", "key": "colour"}),
            ("touch_visit_recorded", {"place": "PLACE_WEB"}),
            ("touch_visit_recorded", {"place": "PLACE_SHOP"}),
            ("touch_call_logged", {"direction": "DIRECTION_INBOUND", "outcome": "OUTCOME_NO_ANSWER"}),
            ("touch_message_exchanged", {"direction": "DIRECTION_OUTBOUND", "medium": "MEDIUM_SMS"}),
            ("offer_issued", {"offerId": self.fresh("AOF"), "version": 1, "total": self.money(low=1)}),
        ])
        return self.event(kind, payload, self.fresh("newcomer"))

    def merge(self):
        # Of few customers, so that one is absorbed twice at times, and the order of merges matters.
        survivor, absorbed = self.random.sample(self.customers[:15], 2)
        merge = self.event("party_merged", {"survivor": survivor, "absorbed": absorbed}, survivor)
        self.merges.append(merge)
        return merge

    def unmerge(self):
        if self.merges:
            merge = self.random.choice(self.merges)
            return self.event("party_unmerged", {"mergeEventId": merge["id"]}, merge["customer"])

    def correct(self):
        """Of an amount, a time, or both; or of such a correction."""
        if self.adjustments and self.random.random() < 0.3:
            target = self.random.choice(self.adjustments)
            if "eventCorrected" not in target["payload"]:
                return None
            inner = self.correction(target["payload"]["eventCorrected"]["replacement"])
            inner["targetEventId"] = target["payload"]["eventCorrected"]["targetEventId"]
            return self.adjust("event_corrected", target, {"replacement": {"eventCorrected": inner}})
        target = self.random.choice(self.events)
        return self.adjust("event_corrected", target, self.correction(target["payload"], target["occurredAt"]))

    def correction(self, payload, occurred_at=None):
        replacement = json.loads(json.dumps(payload))
        change_amounts(replacement, self.random.randint(1, 9_999))
        correction = {"replacement": replacement}
        if occurred_at and self.random.random() < 0.4:
            day = datetime.date.fromisoformat(occurred_at[:10]) - datetime.timedelta(days=self.random.randint(-50, 200))
            correction["occurredAt"] = day.isoformat() + "T12:00:00Z"
        return correction

    def retract(self):
        """An event, a correction or a retraction."""
        some = self.adjustments if self.adjustments and self.random.random() < 0.5 else self.events + self.merges
        return self.adjust("event_retracted", self.random.choice(some), {})

    def adjust(self, kind, target, content):
        event = self.event(kind, {"targetEventId": target["id"], **content}, target.get("customer", ""))
        self.adjustments.append(event)
        return event


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def change_amounts(value, by):
    """Makes every amount larger; those below 0 stay below it."""
    if isinstance(value, dict) and "minorUnits" in value:
        amount = int(value["minorUnits"])
        value["minorUnits"] = str(amount + by if amount > 0 else amount - by)
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            change_amounts(inner, by)
