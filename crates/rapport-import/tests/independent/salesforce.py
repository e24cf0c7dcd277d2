"""What a connector's Salesforce tables say, computed without the importer."""
from layout import end_of_day, finish, first_by, happened, read, seconds, yes

for row in read("sf_accounts", "sf_account_data.csv"):
    who, at = row["id"], row.get("created_date", "")
    happened("party.registered", who, at)
    for column in ("industry", "type", "number_of_employees"):
        if row[column]:
            happened("party.fact_recorded", who, at)
for row in read("sf_contacts", "sf_contact_data.csv"):
    who, at = row["id"], row.get("created_date", "")
    happened("party.registered", who, at)
    for column, kind in (("account_id", "party.role_assigned"), ("email", "party.identifier_changed"), ("phone", "party.identifier_changed"), ("title", "party.fact_recorded")):
        if row[column]:
            happened(kind, who, at)
for row in read("sf_leads", "sf_lead_data.csv"):
    who, at = row["id"], row.get("created_date", "")
    happened("party.registered", who, at)
    happened("lead.opened", who, at)
    if row["email"]:
        happened("contact_point.captured", who, at)
    if row["owner_id"]:
        happened("owner.assigned", who, at)
    if yes(row["is_converted"]):
        happened("lead.converted", who, row["converted_date"])
        if row["converted_contact_id"]:
            happened("party.merged", row["converted_contact_id"], row["converted_date"])
deals = read("sf_opportunities", "sf_opportunity_data.csv")
history = read("sf_opportunity_history", "sf_opportunity_history_data.csv")
with_history = {row["id"] for row in history}
# No deal of this sample has two versions, so no history tells of a close.
assert len(with_history) == len(history)
open_since = {row["id"]: row["_fivetran_start"] for row in history if not yes(row["is_closed"])}
for row in deals:
    who, deal, amount = row["account_id"], row["id"], row["amount"]
    happened("deal.opened", who, row["created_date"], deal=deal, step="Prospecting", amount=amount)
    closed_at = max(end_of_day(row["close_date"]), seconds(row["created_date"]))
    assert deal not in open_since or not yes(row["is_closed"])
    if deal not in with_history and not yes(row["is_closed"]):
        happened("deal.stage_changed", who, deal=deal, step=row["stage_name"])
    if yes(row["is_won"]):
        happened("deal.won", who, closed_at, deal=deal, amount=amount)
    elif yes(row["is_closed"]):
        happened("deal.lost", who, closed_at, deal=deal)
    if yes(row["is_deleted"]):
        happened("note.recorded", who)
    if row["owner_id"]:
        happened("owner.assigned", who)
for row in history:
    if not yes(row["is_closed"]):
        happened("deal.stage_changed", row["account_id"], row["_fivetran_start"], deal=row["id"], step=row["stage_name"])
account = first_by(deals, "id", "account_id")
for row in read("sf_opportunity_line_items", "sf_opportunity_line_item_data.csv"):
    happened("offer.issued", account.get(row["opportunity_id"], ""), row["created_date"], amount=row["total_price"])
for row in read("sf_orders", "sf_order_data.csv"):
    who = row["account_id"]
    happened("order.placed", who, row["effective_date"] or row["created_date"], amount=row["total_amount"])
    if row["activated_date"]:
        happened("contract.changed", who, row["activated_date"], amount=row["total_amount"])
for row in read("sf_tasks", "sf_task_data.csv"):
    kinds = {"Call": "touch.call_logged", "Email": "touch.message_exchanged", "ListEmail": "touch.message_exchanged"}
    at = row.get("completed_date_time", "") or row["activity_date"] or row["created_date"]
    happened(kinds.get(row["task_subtype"], "agreement.recorded"), row["who_id"] or row["account_id"], at)
for row in read("sf_events", "sf_event_data.csv"):
    happened("touch.meeting_held", row["who_id"] or row["account_id"], row["start_date_time"] or row["activity_date_time"])
for row in read("sf_users", "sf_user_data.csv"):
    happened("staff.status_changed")
finish()
