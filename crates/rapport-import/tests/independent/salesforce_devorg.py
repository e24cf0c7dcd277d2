"""What a Salesforce export with API names says, computed without the importer."""
from layout import finish, first_by, happened, read, yes

for row in read("accounts", "Account.csv"):
    who, at = row["Id"], row.get("CreatedDate", "")
    happened("party.registered", who, at)
    for column in ("Industry", "Type", "NumberOfEmployees"):
        if row[column]:
            happened("party.fact_recorded", who, at)
for row in read("contacts", "Contact.csv"):
    who, at = row["Id"], row.get("CreatedDate", "")
    happened("party.registered", who, at)
    for column, kind in (("AccountId", "party.role_assigned"), ("Email", "party.identifier_changed"), ("Phone", "party.identifier_changed"), ("Title", "party.fact_recorded")):
        if row[column]:
            happened(kind, who, at)
for row in read("leads", "Lead.csv"):
    who, at, converted = row["Id"], row.get("CreatedDate", ""), row.get("ConvertedDate", "")
    happened("party.registered", who, at)
    happened("lead.opened", who, at)
    if row["Email"]:
        happened("contact_point.captured", who, at)
    if yes(row["IsConverted"]):
        happened("lead.converted", who, converted)
        if row["ConvertedContactId"]:
            happened("party.merged", row["ConvertedContactId"], converted)
deals = read("opportunities", "Opportunity.csv")
history = read("opportunity_history", "OpportunityHistory.csv")
assert {row["OpportunityId"] for row in history} == {row["Id"] for row in deals}, "each deal has its history"
for row in deals:
    happened("deal.opened", row["AccountId"], row["CreatedDate"], deal=row["Id"], step="Prospecting", amount=row["Amount"])
account = first_by(deals, "Id", "AccountId")
for row in history:
    who, deal, at = account[row["OpportunityId"]], row["OpportunityId"], row["CreatedDate"]
    if row["StageName"] == "Closed Won":
        happened("deal.won", who, at, deal=deal, amount=row["Amount"])
    elif row["StageName"] == "Closed Lost":
        happened("deal.lost", who, at, deal=deal)
    elif row["StageName"] != "Prospecting":
        happened("deal.stage_changed", who, at, deal=deal, step=row["StageName"])
finish()
