"""What a connector's HubSpot tables say, computed without the importer."""
from layout import finish, first_by, happened, prefixed, read, seconds, yes

link = lambda name, key, wanted: first_by(read(None, name + "_data.csv"), key, wanted)
engaged_contact = link("engagement_contact", "engagement_id", "contact_id")
engaged_company = link("engagement_company", "engagement_id", "company_id")
party = lambda contact, company: prefixed("contact-", contact) or prefixed("company-", company)
engaged = lambda row: party(engaged_contact.get(row["engagement_id"], ""), engaged_company.get(row["engagement_id"], ""))

for row in read("owners", "owner_data.csv"):
    happened("staff.status_changed", "", row["created_at"])
for row in read("companies", "company_data.csv"):
    who, at = "company-" + row["id"], row["property_createdate"]
    happened("party.registered", who, at)
    facts = bool(row["property_industry"]) + bool(row["property_annualrevenue"])
    facts += any(row[column] for column in ("property_address", "property_city", "property_country"))
    for _ in range(facts):
        happened("party.fact_recorded", who, at)
contacts = read("contacts", "contact_data.csv")
for row in contacts:
    who, at = "contact-" + row["id"], row["property_createdate"]
    happened("party.registered", who, at)
    for column, kind in (("property_email", "party.identifier_changed"), ("property_email_1", "party.identifier_changed"), ("property_company", "party.fact_recorded"), ("property_jobtitle", "party.fact_recorded")):
        if row[column]:
            happened(kind, who, at)
    if row["property_first_conversion_date"]:
        happened("lead.opened", who, row["property_first_conversion_date"])
for row in read("contact_merges", "contact_merge_audit_data.csv"):
    happened("party.merged", "contact-" + row["canonical_vid"], row["timestamp"])
for name, key in (("company", "company_id"), ("contact", "contact_id")):
    for row in read(name + "_history", name + "_property_history_data.csv"):
        if row["name"]:
            happened("party.fact_recorded", name + "-" + row[key], row["timestamp"])
for row in read("form_submissions", "contact_form_submission_data.csv"):
    happened("touch.visit_recorded", "contact-" + row["contact_id"], row["timestamp"])
merged = read("deal_merges", "merged_deal_data.csv")
for row in merged:
    happened("note.recorded")
deal_company, deal_contact = link("deal_company", "deal_id", "company_id"), link("deal_contact", "deal_id", "contact_id")
owner_of_deal = lambda deal: prefixed("company-", deal_company.get(deal, "")) or prefixed("contact-", deal_contact.get(deal, ""))
deals, stages, terms = read("deals", "deal_data.csv"), read("deal_stages", "deal_stage_data.csv"), read("deal_history", "deal_property_history_data.csv")
# None of the merged deals has rows of its own in this sample.
assert not {row["merged_deal_id"] for row in merged} & {row["deal_id"] for rows in (deals, stages, terms) for row in rows}
for row in deals:
    # No deal of this sample has a stage of its own.
    assert not row["deal_pipeline_stage_id"]
    who, deal, at = owner_of_deal(row["deal_id"]), row["deal_id"], row["property_createdate"]
    happened("deal.opened", who, at, deal=deal, step="created", amount=row["property_amount"])
    if row["is_deleted"].lower() == "true":
        happened("deal.lost", who, deal=deal)
    if row["owner_id"]:
        happened("owner.assigned", who, at)
# No stage of the history is among the pipeline's, so none is known to be a closed one.
assert not {row["stage_id"] for row in read(None, "deal_pipeline_stage_data.csv")} & {row["value"] for row in stages}
for row in sorted(stages, key=lambda row: seconds(row["date_entered"])):
    happened("deal.stage_changed", owner_of_deal(row["deal_id"]), row["date_entered"], deal=row["deal_id"], step=row["value"])
for row in terms:
    if row["name"] in ("amount", "closedate") and row["value"]:
        amount = row["value"] if row["name"] == "amount" else ""
        happened("deal.terms_changed", "", row["timestamp"], deal=row["deal_id"], amount=amount)
for name, kind, at in (("call", "touch.call_logged", "property_hs_timestamp"), ("communication", "touch.message_exchanged", "property_hs_timestamp"), ("email", "touch.message_exchanged", "property_hs_timestamp"), ("meeting", "touch.meeting_held", "start_time"), ("note", "note.recorded", "property_hs_timestamp"), ("task", "agreement.recorded", "property_hs_createdate")):
    table = {"communication": "messages"}.get(name, name + "s")
    for row in read(table, "engagement_" + name + "_data.csv"):
        happened(kind, engaged(row), row[at])
ticket_contact, ticket_company = link("ticket_contact", "ticket_id", "contact_id"), link("ticket_company", "ticket_id", "company_id")
ticket_history = read("ticket_history", "ticket_property_history_data.csv")
last_move = {}
for row in sorted(ticket_history, key=lambda row: seconds(row["timestamp_instant"])):
    if row["name"] == "hs_pipeline_stage":
        last_move[row["ticket_id"]] = row["value"]
ticket_stage = first_by(read(None, "ticket_pipeline_stage_data.csv"), "stage_id", "is_closed")
for row in read("tickets", "ticket_data.csv"):
    who, ticket = party(ticket_contact.get(row["id"], ""), ticket_company.get(row["id"], "")), row["id"]
    stage = row["property_hs_pipeline_stage"]
    happened("ticket.opened", who, row["property_createdate"], ticket=ticket)
    closed = yes(ticket_stage[stage]) if stage in ticket_stage else bool(row["property_closed_date"])
    assert not closed or row["id"] not in last_move
    if not closed and stage and last_move.get(row["id"]) != stage:
        happened("ticket.stage_changed", who, ticket=ticket, step=stage)
    if row["property_first_agent_reply_date"]:
        happened("ticket.responded", who, row["property_first_agent_reply_date"], ticket=ticket)
    if closed:
        happened("ticket.resolved", who, max(seconds(row["property_closed_date"]), seconds(row["property_createdate"])), ticket=ticket)
for row in ticket_history:
    if row["name"] == "hs_pipeline_stage" and row["value"]:
        who = prefixed("contact-", ticket_contact.get(row["ticket_id"], ""))
        happened("ticket.stage_changed", who, row["timestamp_instant"], ticket=row["ticket_id"], step=row["value"])
for row in read("email_campaigns", "email_campaign_data.csv"):
    happened("campaign.defined")
contact_by_email = {}
for row in contacts:
    if row["property_email"]:
        contact_by_email.setdefault(row["property_email"].lower(), row["id"])
kinds = {"SENT": "touch.message_exchanged", "BOUNCE": "contact_point.verified", "SPAMREPORT": "consent.objection_recorded", "STATUSCHANGE": "consent.objection_recorded"}
kinds.update({name: "campaign.response_recorded" for name in ("DELIVERED", "OPEN", "CLICK", "REPLY")})
for row in read("email_events", "email_event_data.csv"):
    if row["type"] in kinds:
        happened(kinds[row["type"]], prefixed("contact-", contact_by_email.get(row["recipient"].lower(), "")), row["created"])
finish()
