"""What a Salesforce export with API names says, computed without the importer."""
from layout import day_alone, finish, first_by, happened, read, seconds, yes

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
    if row["OwnerId"]:
        happened("owner.assigned", who, at)
    if yes(row["IsConverted"]):
        happened("lead.converted", who, day_alone(converted) if converted else "")
        if row["ConvertedContactId"]:
            happened("party.merged", row["ConvertedContactId"], converted)
deals = read("opportunities", "Opportunity.csv")
history = read("opportunity_history", "OpportunityHistory.csv")
assert {row["OpportunityId"] for row in history} == {row["Id"] for row in deals}, "each deal has its history"
for row in deals:
    happened("deal.opened", row["AccountId"], row["CreatedDate"], deal=row["Id"], step="Prospecting", amount=row["Amount"])
    # The export has no owners, and each history ends in the stage in which its deal is.
    assert "OwnerId" not in row
account, stage_now = first_by(deals, "Id", "AccountId"), first_by(deals, "Id", "StageName")
outcome = {row["StageName"]: "deal.won" if yes(row["IsWon"]) else "deal.lost" if yes(row["IsClosed"]) else "" for row in deals}
versions = {}
for row in history:
    versions.setdefault(row["OpportunityId"], []).append(row)
for deal in sorted(versions):
    rows = sorted(versions[deal], key=lambda row: (seconds(row["CreatedDate"]), row["StageName"] == stage_now[deal]))
    assert rows[-1]["StageName"] == stage_now[deal] and len({row["Amount"] for row in rows}) == 1
    before, ended = "Prospecting", ""
    for row in rows:
        end = outcome.get(row["StageName"], "")
        if end and end != ended:
            happened(end, account[deal], row["CreatedDate"], deal=deal, amount=row["Amount"] if end == "deal.won" else "")
        elif not end and row["StageName"] != before:
            happened("deal.stage_changed", account[deal], row["CreatedDate"], deal=deal, step=row["StageName"])
        before, ended = row["StageName"], end
finish()
