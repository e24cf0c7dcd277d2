"""What a connector's Intercom tables say, computed without the importer."""
from layout import finish, first_by, happened, prefixed, read, yes


def versions(rows):
    """Each row with the version before it of the same thing, by the time of the version."""
    previous = {}
    for row in sorted(rows, key=lambda row: (row["id"], row["updated_at"])):
        yield row, previous if previous.get("id") == row["id"] else {}
        previous = row


for row in read("admins", "admin_data.csv"):
    happened("staff.status_changed")
for row, before in versions(read("companies", "company_history_data.csv")):
    who = "company-" + row["id"]
    if not before or row["name"] != before["name"]:
        happened("party.registered", who, row["created_at"])
    if not before and row["company_id"]:
        happened("party.identifier_changed", who, row["created_at"])
    if row["plan_name"] and row["plan_name"] != before.get("plan_name", ""):
        happened("party.fact_recorded", who, row["updated_at"])
for row, before in versions(read("contacts", "contact_history_data.csv")):
    who = "contact-" + row["id"]
    if not before or row["name"] != before["name"]:
        happened("party.registered", who, row["created_at"])
    if not before and row["role"] == "lead":
        happened("lead.opened", who, row["created_at"])
    for column in ("email", "phone"):
        if row[column] and row[column] != before.get(column, ""):
            happened("party.identifier_changed", who, row["updated_at"])
    if not before and row["external_id"]:
        happened("party.identifier_changed", who, row["created_at"])
    if yes(row["unsubscribed_from_emails"]) and not yes(before.get("unsubscribed_from_emails", "")):
        happened("consent.withdrawn", who, row["updated_at"])
for row in read("contact_companies", "contact_company_history_data.csv"):
    happened("party.role_assigned", "contact-" + row["contact_id"], row["contact_updated_at"])
contact = first_by(read(None, "conversation_contact_history_data.csv"), "conversation_id", "contact_id")
for row, before in versions(read("conversations", "conversation_history_data.csv")):
    wrote = row["source_author_id"] if row["source_author_type"] in ("user", "lead", "contact") else ""
    who, ticket, at = prefixed("contact-", wrote or contact.get(row["id"], "")), row["id"], row["updated_at"]
    if not before:
        happened("ticket.opened", who, row["created_at"], ticket=ticket)
        happened("touch.message_exchanged", who, row["created_at"])
    if row["state"] and row["state"] != before.get("state", "") and row["state"] != "closed":
        happened("ticket.stage_changed", who, at, ticket=ticket, step=row["state"])
    if row["state"] == "closed" and before.get("state", "") != "closed":
        happened("ticket.resolved", who, at, ticket=ticket)
    if row["assignee_id"] and row["assignee_id"] != before.get("assignee_id", ""):
        happened("owner.assigned", who, at)
    rating = row["conversation_rating_value"]
    if rating and rating != before.get("conversation_rating_value", ""):
        happened("survey.answered", who, row["conversation_rating_created_at"] or at)
with_versions = {row["id"] for row in read(None, "conversation_history_data.csv")}
for row in read("conversation_parts", "conversation_part_history_data.csv"):
    wrote = row["author_id"] if row["author_type"] in ("user", "lead", "contact") else ""
    who, ticket, at = prefixed("contact-", wrote or contact.get(row["conversation_id"], "")), row["conversation_id"], row["created_at"]
    if row["part_type"] in ("comment", "open", "assignment") and row["body"]:
        happened("touch.message_exchanged", who, at)
    if row["part_type"] == "comment" and row["author_type"] == "admin":
        happened("ticket.responded", who, at, ticket=ticket)
    if row["part_type"] == "note":
        happened("note.recorded", who, at)
    if row["part_type"] == "close" and ticket not in with_versions:
        happened("ticket.resolved", who, at, ticket=ticket)
finish()
