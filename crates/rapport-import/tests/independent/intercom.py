"""What a connector's Intercom tables say, computed without the importer."""
from layout import count, filled, finish, having, read

admins = read("admins", "admin_data.csv")
companies = read("companies", "company_history_data.csv")
contacts = read("contacts", "contact_history_data.csv")
links = read("contact_companies", "contact_company_history_data.csv")
conversations = read("conversations", "conversation_history_data.csv")
parts = read("conversation_parts", "conversation_part_history_data.csv")
# Each company and contact has one version here; the versions of a conversation stand together.
assert len({row["id"] for row in companies}) == len(companies)
assert len({row["id"] for row in contacts}) == len(contacts)
count("staff.status_changed", len(admins))
count("party.registered", len(companies) + len(contacts))
count("lead.opened", having(contacts, "role", "lead"))
count("party.identifier_changed", filled(companies, "company_id") + sum(filled(contacts, column) for column in ("email", "phone", "external_id")))
count("party.role_assigned", len(links))
previous = {}
opened = moved = closed = assigned = 0
for row in conversations:
    before = previous if previous.get("id") == row["id"] else {}
    opened += not before
    if row["state"] != before.get("state"):
        closed += row["state"] == "closed"
        moved += row["state"] != "closed"
    assigned += bool(row["assignee_id"]) and row["assignee_id"] != before.get("assignee_id")
    previous = row
count("ticket.opened", opened)
count("touch.message_exchanged", opened + sum(row["part_type"] in ("comment", "open", "assignment") and bool(row["body"]) for row in parts))
count("ticket.resolved", closed)
count("ticket.stage_changed", moved + having(parts, "part_type", "close"))
count("owner.assigned", assigned)
count("survey.answered", filled(conversations, "conversation_rating_value"))
count("note.recorded", having(parts, "part_type", "note"))
finish()
