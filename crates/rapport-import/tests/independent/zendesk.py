"""What a connector's Zendesk tables say, computed without the importer."""
from layout import finish, first_by, happened, prefixed, read

organizations = read("organizations", "organization_data.csv")
users = read("users", "user_data.csv")
tickets = read("tickets", "ticket_data.csv")
history = read("field_history", "ticket_field_history_data.csv")
comments = read("comments", "ticket_comment_data.csv")
chats = read("chat_events", "ticket_chat_event_data.csv")
chat_ticket = first_by(read(None, "ticket_chat_data.csv"), "chat_id", "ticket_id")
requester = first_by(tickets, "id", "requester_id")
role = first_by(users, "id", "role")
customer_of = lambda ticket: prefixed("user-", requester.get(ticket, ""))

for row in organizations:
    happened("party.registered", "organization-" + row["id"], row["created_at"])
for row in users:
    who, at = "user-" + row["id"], row["created_at"]
    if row["role"] != "end-user":
        happened("staff.status_changed", "", at)
        continue
    happened("party.registered", who, at)
    for column, kind in (("organization_id", "party.role_assigned"), ("email", "party.identifier_changed"), ("phone", "party.identifier_changed")):
        if row[column]:
            happened(kind, who, at)
with_history = {row["ticket_id"] for row in history if row["field_name"] == "status"}
for row in tickets:
    who, ticket = prefixed("user-", row["requester_id"]), row["id"]
    happened("ticket.opened", who, row["created_at"], ticket=ticket)
    if ticket not in with_history and row["status"] in ("solved", "closed"):
        happened("ticket.resolved", who, row["updated_at"], ticket=ticket)
    elif ticket not in with_history and row["status"] != "new":
        happened("ticket.stage_changed", who, row["updated_at"], ticket=ticket, step=row["status"])
before = {}
for row in sorted(history, key=lambda row: (row["ticket_id"], row["field_name"], row["updated"])):
    who, ticket, at, value = customer_of(row["ticket_id"]), row["ticket_id"], row["updated"], row["value"]
    if row["field_name"] == "status" and value:
        if value not in ("solved", "closed"):
            happened("ticket.stage_changed", who, at, ticket=ticket, step=value)
        elif value == "solved" or before.get(ticket) not in ("solved", "closed"):
            happened("ticket.resolved", who, at, ticket=ticket)
        before[ticket] = value
    if row["field_name"] == "assignee_id" and value:
        happened("owner.assigned", who, at)
for row in comments:
    who, at = customer_of(row["ticket_id"]), row["created"]
    if row["public"] not in ("TRUE", "true"):
        happened("note.recorded", who, at)
        continue
    happened("touch.message_exchanged", who, at)
    if role.get(row["user_id"]) in ("agent", "admin"):
        happened("ticket.responded", who, at, ticket=row["ticket_id"])
for row in chats:
    if row["type"] in ("ChatMessage", "ChatFileAttachment"):
        happened("touch.message_exchanged", customer_of(chat_ticket.get(row["chat_id"], "")), row["created_at"])
finish()
