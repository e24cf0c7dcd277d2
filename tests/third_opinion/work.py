"""Invents what members of staff do for customers of a story: tickets, deliveries, needs, leads, contacts, surveys."""

import datetime
import json
import random

import author

# Several staff, of whom some share a department.
STAFF = [
    {"id": "agent-1", "role": "service", "department": "Desk"},
    {"id": "agent-2", "role": "service", "department": "Desk", "branch": "North"},
    {"id": "agent-3", "role": "engineer", "department": "Lab", "branch": "North"},
    {"id": "agent-4", "role": "executive", "department": "Board", "branch": "South"},
    {"id": "agent-5"},
]
PURPOSES = [
    "sales", "Cross-Sell", "follow up", "service", "advice", "Support", "offer", "payment", "thanks", "renewal",
    "small talk", "complaint", "training", "",
]


class Worker(author.Author):
    """Of each object there are few, so that much is told of each, in any order."""

    kinds = [
        "ticket.opened", "ticket.stage_changed", "ticket.responded", "ticket.resolved", "ticket.reopened",
        "delivery.promised", "delivery.completed", "project.milestone_recorded", "need.identified", "need.closed",
        "contact_point.captured", "lead.opened", "lead.qualified", "lead.converted", "touch.call_logged",
        "touch.message_exchanged", "touch.meeting_held", "touch.visit_recorded", "survey.answered", "staff.status_changed",
    ]

    def __init__(self, story):
        super().__init__(story)
        self.random = random.Random(author.SEED + 1)
        self.orders = [event["payload"]["orderPlaced"] for event in story if event["type"] == "order.placed"]
        self.of_story = self.random.sample(self.events, min(len(self.events), 300))
        self.events = []

    def batch(self, day):
        """About 250 events that are recorded on this day and occurred in the twenty months before it."""
        self.day = day
        kinds = [self.ticket] * 45 + [self.order] * 15 + [self.delivery] * 45 + [self.supplier] + [self.milestone] * 10
        kinds += [self.need] * 25 + [self.lead] * 30 + [self.contact] * 30 + [self.survey] * 20 + [self.staff] * 3 + [self.correct] * 16 + [self.retract] * 8
        self.random.shuffle(kinds)
        return self.definitions() + [event for kind in kinds if (event := kind())]

    def event(self, kind, payload, customer=None, after=None):
        event = super().event(kind, payload, customer, after)
        if self.random.random() < 0.8:
            event["actor"] = self.random.choice(STAFF)
        if self.random.random() < 0.7:
            event["channel"] = self.random.choice(["email", "phone", "web"])
        if self.events and self.random.random() < 0.1:
            # At the moment of another event: the one that was recorded first comes first.
            event["occurredAt"] = self.random.choice(self.events[-60:])["occurredAt"]
        return event

    def near(self, kind, payload, other, after):
        """An event of the customer and the staff of another one, so long after it."""
        event = self.event(kind, payload, other["customer"])
        moment = datetime.datetime.fromisoformat(other["occurredAt"].removesuffix("Z")) + after
        event["occurredAt"] = min(moment, datetime.datetime.combine(self.day, datetime.time())).isoformat() + "Z"
        event.pop("actor", None)
        return event | {"actor": other["actor"]} if "actor" in other else event

    def one_of(self, prefix, count):
        """The id of one of so many objects."""
        return f"{prefix}-{self.random.randrange(count)}"

    def likely(self, share):
        return self.random.random() < share

    def definitions(self):
        """A calendar of its own for one tier, and what that tier is promised: more slowly from October on."""
        calendar = {
            "zone": "Europe/Paris", "holidays": ["2024-12-25", "2025-05-01"], "hours": [
                {"weekdays": ["monday", "tuesday", "wednesday", "thursday"], "from": "08:00", "to": "12:30"},
                {"weekdays": ["monday", "wednesday"], "from": "13:30", "to": "17:00"},
                {"weekdays": ["saturday"], "from": "20:00", "to": "24:00"}]}
        swift = {"calendar": "short-days", "first_response_minutes": 240, "resolution_minutes": 960}
        told = {"2025-07-31": [("calendar", "short-days", 1, calendar), ("service_level", "swift", 1, swift)],
                "2025-10-31": [("service_level", "swift", 2, {**swift, "resolution_minutes": 2400})]}
        return [
            author.Author.event(self, "definition_published", {
                "kind": kind, "code": code, "version": version, "body": json.dumps(body),
                "effectiveFrom": f"{2021 + 2 * version}-10-01T00:00:00Z"}, "")
            for kind, code, version, body in told.get(self.day.isoformat(), [])]

    def ticket(self):
        kinds = ["opened"] * 7 + ["stage_changed"] * 3 + ["responded"] * 4 + ["resolved"] * 5 + ["reopened"]
        kind = self.random.choice(kinds)
        ticket = {"ticketId": self.one_of("AT", 110)}
        if kind == "opened":
            ticket["kind"] = "KIND_" + self.random.choice(["UNSPECIFIED", "REQUEST", "COMPLAINT", "DEFECT", "ADVICE"])
            ticket["priority"] = self.random.choice(["", "low", "high"])
            ticket["tier"] = self.random.choice(["", "swift", "swift"])
        elif kind == "stage_changed":
            ticket["to"] = self.random.choice(["waiting", "working", "closed"])
        elif kind == "resolved":
            causes = ["UNSPECIFIED", "HUMAN", "PROCEDURE", "ORGANISATION", "PRODUCT"]
            ticket["cause"] = f"CAUSE_{self.random.choice(causes)}"
            ticket["firstContact"] = self.likely(0.3)
        return self.event(f"ticket_{kind}", ticket)

    def date(self, days_before_max=400):
        return (self.day - datetime.timedelta(days=self.random.randint(-10, days_before_max))).isoformat()

    def order(self):
        """One of few orders, to which lines are added later, and of which some are cancelled."""
        said = {"orderId": self.one_of("WO", 40)}
        if self.likely(0.1):
            return self.event("order_changed", {**said, "op": "OP_CANCEL"})
        products = self.random.sample(["filter", "sensor", "service"], self.random.randint(1, 2))
        said["lines"] = [{"product": product, "quantity": self.random.choice(["1", "2"])} for product in products]
        if self.likely(0.6):
            return self.event("order_placed", said)
        return self.event("order_changed", {**said, "op": "OP_AMEND"})

    def delivery(self):
        """Of an order in whole or in part, of one of which nothing else is known, or what a supplier brings."""
        form = self.random.random()
        lines, customer = [{"product": product, "quantity": "2"} for product in ("filter", "sensor", "service")], None
        if form < 0.25:
            order = self.random.choice(self.orders[:40])
            said, lines = {"orderId": order["orderId"]}, order.get("lines", [])
        elif form < 0.8:
            said = {"orderId": self.one_of("WO", 40)}
        elif form < 0.9:
            said = {"orderId": self.one_of("unknown-order", 10)}
        else:
            said, customer = {"orderId": self.one_of("SO", 10)}, self.one_of("supplier", 4)
        if self.likely(0.4):
            said["committedDate"] = self.date()
            if self.likely(0.5):
                said["requestedDate"] = self.date()
            said["reason"] = self.random.choice(["", "stock", "material", "staff"])
            return self.event("delivery_promised", said, customer)
        if self.likely(0.8):
            said["date"] = self.date()
        if self.likely(0.7):
            said["quantities"] = [
                {"product": line["product"], "quantity": self.random.choice([line["quantity"], "0.5"])}
                for line in lines if line.get("product") and self.likely(0.8)]
        said["condition"] = self.random.choice(["", "good", "damaged"])
        return self.event("delivery_completed", said, customer)

    def supplier(self):
        role = {"role": "ROLE_" + self.random.choice(["SUPPLIER", "SUPPLIER", "CUSTOMER"])}
        return self.event("party_role_assigned", role, self.one_of("supplier", 4))

    def milestone(self):
        said = {"project": self.one_of("AP", 8), "milestone": self.random.choice(["plan", "build", "hand-over"])}
        if self.likely(0.7):
            said["planned"] = self.date()
        if self.likely(0.5):
            said["actual"] = self.date()
        said["cause"] = "CAUSE_" + self.random.choice(["UNSPECIFIED", "MATERIAL", "STAFF", "CUSTOMER", "OTHER"])
        return self.event("project_milestone_recorded", said)

    def need(self):
        need = {"needId": self.one_of("AN", 60)}
        if self.likely(0.4):
            need["outcome"] = "OUTCOME_" + self.random.choice(["SATISFIED", "SATISFIED", "UNMET", "OBSOLETE"])
            need["byProduct"] = self.random.choice(["", "filter", "sensor"])
            return self.event("need_closed", need)
        need["code"] = self.random.choice(["", "quiet", "remote_control", "lower_bill"])
        need["source"] = self.random.choice(["", "call", "survey", "visit"])
        for what in ("importance", "urgency"):
            if self.likely(0.6):
                need[what] = self.random.choice([0, 0.25, 0.5, 1])
        return self.event("need_identified", need)

    def lead(self):
        """Of somebody who may have other leads, or of nobody, with a tag or without one."""
        kind, said = self.random.choice([
            ("contact_point.captured", {"medium": "email", "whereFound": self.random.choice(["fair", "website", ""])}),
            ("lead_opened", {"sourceChannel": self.random.choice(["web", "referral", "fair", ""])}),
            ("lead_opened", {"sourceChannel": self.random.choice(["web", "referral"]), "interest": "filters"}),
            ("lead_qualified", {"result": "RESULT_ACCEPTED", "score": self.random.randint(1, 99)}),
            ("lead_qualified", {"result": "RESULT_REJECTED", "reason": self.random.choice(["no budget", "too far", ""])}),
            ("lead_converted", {"dealId": self.one_of("lead-deal", 12)} if self.likely(0.5) else {"orderId": "AO-1"}),
        ])
        opened = [event for event in self.events if event["type"] == "lead.opened" and event["customer"]]
        if kind == "lead_converted" and opened and self.likely(0.5):
            days = datetime.timedelta(days=self.random.randint(70, 110))
            return self.near(kind, said, self.random.choice(opened), days)
        form = self.random.random()
        event = self.event(kind, said, self.one_of("somebody", 80) if form < 0.6 else "" if form < 0.9 else None)
        if self.likely(0.6) and not (event["customer"] and kind == "lead_converted"):
            tags = [f"lead:{self.one_of('AL', 25)}", f"deal:{self.one_of('lead-deal', 12)}"]
            event["tags"] = [self.random.choice(tags)]
        return event

    def contact(self):
        """A call, a message, a meeting or a visit, of which little or much is said."""
        direction = "DIRECTION_" + self.random.choice(["INBOUND", "OUTBOUND"])
        length = {}
        if self.likely(0.7):
            length["duration"] = f"{self.random.randint(0, 3000)}.{self.random.randint(0, 999_999):06}s"
        purpose = {"purpose": self.random.choice(PURPOSES)}
        kind = self.random.choice(["call", "call", "message", "meeting", "visit"])
        if kind == "call":
            outcome = "OUTCOME_" + self.random.choice(["UNSPECIFIED", "REACHED", "REACHED", "NO_ANSWER", "HUNG_UP"])
            if self.likely(0.5):
                length["waited"] = f"{self.random.randint(0, 90)}s"
            call = {"direction": direction, "outcome": outcome, **length, **purpose}
            tickets = [event for event in self.events if event["type"] in ("ticket.opened", "ticket.resolved")]
            if tickets and self.likely(0.5):
                minutes = datetime.timedelta(minutes=self.random.choice([0, *range(-100, 100, 15)]))
                return self.near("touch_call_logged", call, self.random.choice(tickets), minutes)
            return self.event("touch_call_logged", call)
        if kind == "message":
            medium = "MEDIUM_" + self.random.choice(["EMAIL", "SMS", "CHAT", "POST"])
            return self.event("touch_message_exchanged", {"direction": direction, "medium": medium, **purpose})
        if kind == "meeting":
            status = "STATUS_" + self.random.choice(["PLANNED", "HELD", "NO_SHOW"])
            return self.event("touch_meeting_held", {"status": status, **length, **purpose})
        place = "PLACE_" + self.random.choice(["SHOP", "OFFICE", "SITE", "WEB"])
        return self.event("touch_visit_recorded", {"place": place})

    def survey(self):
        """On the instrument's own scale, at times the other way round; a custom question has changed its scale."""
        instrument, low, high = self.random.choice([("NPS", 0, 10), ("CSAT", 1, 5), ("CES", 1, 7), ("CUSTOM", 0, 10)])
        question = "trust" if instrument == "CUSTOM" else self.random.choice(["", "", "price"])
        if instrument == "CUSTOM" and self.likely(0.3):
            low, high = 1, 5
        said = {
            "surveyId": self.one_of("AS", 5), "instrument": f"INSTRUMENT_{instrument}", "question": question,
            "scale": {"min": low, "max": high, "better": "BETTER_LOW" if self.likely(0.2) else "BETTER_HIGH"},
            "value": self.random.randint(low, high),
        }
        if self.likely(0.5):
            said["expectation"] = self.random.choice([-1, 0, 1])
        return self.event("survey_answered", said)

    def staff(self):
        status = self.random.choice(["JOINED", "LEFT", "ABSENT"])
        said = {"staffId": self.one_of("newcomer", 6), "status": f"STATUS_{status}"}
        if said["status"] == "STATUS_JOINED" and self.likely(0.3):
            said["to"] = self.date(100) + "T00:00:00Z"
        return self.event("staff_status_changed", said, "")

    def correct(self):
        """With the content of another event of the type, at another time, or both."""
        target = self.random.choice(self.events + self.of_story)
        content = {}
        same = [event for event in self.events if event["type"] == target["type"]]
        if same and self.likely(0.6):
            content["replacement"] = self.random.choice(same)["payload"]
        if not content or self.likely(0.4):
            content["occurredAt"] = self.date() + "T12:00:00Z"
        return self.adjust("event_corrected", target, content)

    def retract(self):
        """An event, a correction or a retraction."""
        some = self.adjustments if self.adjustments and self.likely(0.4) else self.events + self.of_story
        return self.adjust("event_retracted", self.random.choice(some), {})
