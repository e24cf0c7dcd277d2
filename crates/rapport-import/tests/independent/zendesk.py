"""What a connector's Zendesk tables say, computed without the importer."""
from layout import count, filled, finish, having, read

organizations = read("organizations", "organization_data.csv")
users = read("users", "user_data.csv")
tickets = read("tickets", "ticket_data.csv")
history = read("field_history", "ticket_field_history_data.csv")
comments = read("comments", "ticket_comment_data.csv")
chats = read("chat_events", "ticket_chat_event_data.csv")
customers = [row for row in users if row["role"] == "end-user"]
staff = {row["id"] for row in users if row["role"] in ("agent", "admin")}
with_history = {row["ticket_id"] for row in history if row["field_name"] == "status"}
count("party.registered", len(organizations) + len(customers))
count("party.role_assigned", filled(customers, "organization_id"))
count("party.identifier_changed", filled(customers, "email") + filled(customers, "phone"))
count("staff.status_changed", len(users) - len(customers))
count("ticket.opened", len(tickets))
snapshot = [row for row in tickets if row["id"] not in with_history]
moves = [row for row in history if row["field_name"] == "status" and row["value"]]
count("ticket.stage_changed", len(moves) + len(snapshot) - having(snapshot, "status", "new", "solved"))
count("ticket.resolved", having(moves, "value", "solved") + having(snapshot, "status", "solved"))
count("owner.assigned", sum(row["field_name"] == "assignee_id" and bool(row["value"]) for row in history))
public = [row for row in comments if row["public"] in ("TRUE", "true")]
count("touch.message_exchanged", len(public) + having(chats, "type", "ChatMessage", "ChatFileAttachment"))
count("ticket.responded", sum(row["user_id"] in staff for row in public))
count("note.recorded", len(comments) - len(public))
finish()
