"""What a connector's HubSpot tables say, computed without the importer."""
from layout import count, filled, finish, having, read

tables = {
    "owners": "owner", "companies": "company", "contacts": "contact", "contact_merges": "contact_merge_audit",
    "company_history": "company_property_history", "contact_history": "contact_property_history",
    "form_submissions": "contact_form_submission", "deal_merges": "merged_deal", "deals": "deal", "deal_stages": "deal_stage",
    "deal_history": "deal_property_history", "calls": "engagement_call", "messages": "engagement_communication",
    "emails": "engagement_email", "meetings": "engagement_meeting", "notes": "engagement_note",
    "tasks": "engagement_task", "tickets": "ticket", "ticket_history": "ticket_property_history",
    "email_campaigns": "email_campaign", "email_events": "email_event",
}
rows = {name: read(name, file + "_data.csv") for name, file in tables.items()}
count("staff.status_changed", len(rows["owners"]))
count("party.registered", len(rows["companies"]) + len(rows["contacts"]))
facts = filled(rows["companies"], "property_industry") + filled(rows["companies"], "property_annualrevenue")
facts += sum(any(row[column] for column in ("property_address", "property_city", "property_country")) for row in rows["companies"])
facts += filled(rows["contacts"], "property_company") + filled(rows["contacts"], "property_jobtitle")
facts += filled(rows["company_history"], "name") + filled(rows["contact_history"], "name")
count("party.fact_recorded", facts)
count("party.identifier_changed", filled(rows["contacts"], "property_email") + filled(rows["contacts"], "property_email_1"))
count("lead.opened", filled(rows["contacts"], "property_first_conversion_date"))
count("party.merged", len(rows["contact_merges"]))
count("touch.visit_recorded", len(rows["form_submissions"]))
count("deal.opened", len(rows["deals"]))
count("owner.assigned", filled(rows["deals"], "owner_id"))
# No deal of this sample has a stage of its own, and no stage of its history is among the pipeline's.
assert not filled(rows["deals"], "deal_pipeline_stage_id")
stages = {row["stage_id"] for row in read(None, "deal_pipeline_stage_data.csv")}
assert not stages & {row["value"] for row in rows["deal_stages"]}
count("deal.stage_changed", len(rows["deal_stages"]))
count("deal.terms_changed", having(rows["deal_history"], "name", "amount", "closedate"))
count("touch.call_logged", len(rows["calls"]))
count("touch.message_exchanged", len(rows["messages"]) + len(rows["emails"]) + having(rows["email_events"], "type", "SENT"))
count("touch.meeting_held", len(rows["meetings"]))
count("note.recorded", len(rows["notes"]) + len(rows["deal_merges"]))
# None of the merged deals has rows of its own in this sample.
absorbed = {row["merged_deal_id"] for row in rows["deal_merges"]}
assert not absorbed & {row["deal_id"] for name in ("deals", "deal_stages", "deal_history") for row in rows[name]}
count("agreement.recorded", len(rows["tasks"]))
count("ticket.opened", len(rows["tickets"]))
moves = filled(rows["tickets"], "property_hs_pipeline_stage") + having(rows["ticket_history"], "name", "hs_pipeline_stage")
count("ticket.stage_changed", moves)
count("ticket.responded", filled(rows["tickets"], "property_first_agent_reply_date"))
count("ticket.resolved", filled(rows["tickets"], "property_closed_date"))
count("campaign.defined", len(rows["email_campaigns"]))
count("campaign.response_recorded", having(rows["email_events"], "type", "DELIVERED", "OPEN", "CLICK", "REPLY"))
count("contact_point.verified", having(rows["email_events"], "type", "BOUNCE"))
count("consent.objection_recorded", having(rows["email_events"], "type", "SPAMREPORT", "STATUSCHANGE"))
finish()
