"""What a folder of Zoho exports says, computed without the importer."""
from layout import amounts, cents, day_alone, finish, first_by, happened, prefixed, read, seconds

not_before = lambda end, begin: max(day_alone(end), seconds(begin)) if end else ""

for row in read("users", "Users.csv"):
    happened("staff.status_changed")
for row in read("accounts", "Accounts.csv"):
    who = "account-" + row["ACCOUNTID"]
    happened("party.registered", who)
    if row["Account Type"] == "Customer":
        happened("party.role_assigned", who)
    if row["Account Type"] == "Prospect":
        happened("party.lifecycle_changed", who)
    for column, kind in (("Industry", "party.fact_recorded"), ("Website", "party.identifier_changed"), ("Account Owner Id", "owner.assigned")):
        if row[column]:
            happened(kind, who)
for row in read("contacts", "Contacts.csv"):
    who, at = "contact-" + row["CONTACTID"], row["Created Time"]
    happened("party.registered", who, at)
    for column, kind in (("Account Id", "party.role_assigned"), ("Email", "party.identifier_changed"), ("Mobile", "party.identifier_changed")):
        if row[column]:
            happened(kind, who, at)
potentials = read(None, "Potentials.csv")
deal_created = first_by(potentials, "LEADID", "Created Time")
for row in read("leads", "Leads.csv"):
    who, at = "lead-" + row["LEADID"], row["Created Time"]
    happened("party.registered", who, at)
    happened("lead.opened", who, at)
    for column in ("Email", "Mobile", "Website"):
        if row[column]:
            happened("contact_point.captured", who, at)
    if row["Lead Status"] in ("Pre Qualified", "Junk Lead", "Lost Lead"):
        happened("lead.qualified", who)
    if row["CONVERTED"] == "Yes":
        happened("lead.converted", who, not_before(deal_created.get(row["LEADID"], ""), at))
for row in read("potentials", "Potentials.csv"):
    who = deal = "lead-" + row["LEADID"]
    happened("deal.opened", who, row["Created Time"], deal=deal, step="Prospect", amount=row["Amount"])
    closed_at = not_before(row["Closing Date"], row["Created Time"])
    if row["Stage"] == "Closed Won":
        happened("deal.won", who, closed_at, deal=deal, amount=row["Amount"])
    elif row["Stage"] == "Closed Lost":
        happened("deal.lost", who, closed_at, deal=deal)
    else:
        happened("deal.stage_changed", who, deal=deal, step=row["Stage"])
    if row["Potential Owner"]:
        happened("owner.assigned", who)


def linked(row):
    """The party of an activity: 0 and nothing both mean that there is no link."""
    links = (prefixed(kind + "-", row[column].strip()) for kind, column in (("contact", "CONTACTID"), ("account", "ACCOUNTID"), ("lead", "LEADID")) if row.get(column, "").strip() != "0")
    return next((link for link in links if link), "")


for row in read("calls", "Calls.csv"):
    happened("touch.call_logged", linked(row), row["Call Start Time"])
for row in read("events", "Events.csv"):
    happened("touch.meeting_held", linked(row), row["Start DateTime"])
for row in read("tasks", "Tasks.csv"):
    happened("agreement.recorded", "", row["Created Time"])
for row in read("cases", "Cases.csv"):
    happened("ticket.opened", "", row["Created Time"])
    closed = row["Status"] == "Closed"
    happened("ticket.resolved" if closed else "ticket.stage_changed", "", not_before(row["Modified Time"], row["Created Time"]))
for row in read("quotes", "Quotes.csv"):
    happened("offer.issued", "", row["Created Time"], amount=row["Grand Total"])
    if row["Sales Status"] in ("Won", "Lost"):
        happened("offer.responded", "", not_before(row["Modified Time"], row["Created Time"]))
invoices = read("invoices", "Invoices.csv")
buyer = first_by(invoices, "Sales Order Id", "Account Id")
for row in read("sales_orders", "Sales_Orders.csv"):
    who = prefixed("account-", buyer.get(row["SALESORDERID"], ""))
    happened("order.placed", who, row["Created Time"], amount=row["Grand Total"])
    happened("delivery.promised", who, row["Created Time"])
    if row["Status"] == "Delivered":
        happened("delivery.completed", who, not_before(row["Modified Time"], row["Created Time"]))
    if row["Status"] == "Cancelled":
        happened("order.changed", who, not_before(row["Modified Time"], row["Created Time"]))
for row in invoices:
    who, total = prefixed("account-", row["Account Id"]), row["Grand Total"]
    happened("invoice.issued" if total else "note.recorded", who, row["Created Time"], amount=total)
for row in read("campaigns", "Campaigns.csv"):
    happened("campaign.defined", "", row["Created Time"], amount=row["Budgeted Cost"])
    if row["Expected Revenue"].strip():
        amounts["campaign.defined"] += cents(row["Expected Revenue"])
    if row["Actual Cost"]:
        happened("campaign.spend_recorded", "", row["Start Date"], amount=row["Actual Cost"])
answers = {"Received": "campaign.response_recorded", "Opened": "campaign.response_recorded", "Responded": "campaign.response_recorded", "Bounced": "contact_point.verified", "Opted Out": "consent.withdrawn", "Sent": "touch.message_exchanged", "Invited": "touch.message_exchanged"}
for row in read("campaign_lead_status", "Campaign_Lead_Status.csv"):
    if row["Status"] in answers:
        happened(answers[row["Status"]], "", row["Last Modified Time"])
finish()
