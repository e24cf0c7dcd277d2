"""What a Salesforce export with API names says, computed without the importer."""
from layout import count, filled, finish, having, read

accounts = read("accounts", "Account.csv")
contacts = read("contacts", "Contact.csv")
leads = read("leads", "Lead.csv")
deals = read("opportunities", "Opportunity.csv")
history = read("opportunity_history", "OpportunityHistory.csv")
assert {row["OpportunityId"] for row in history} == {row["Id"] for row in deals}
count("party.registered", len(accounts) + len(contacts) + len(leads))
facts = sum(filled(accounts, column) for column in ("Industry", "Type", "NumberOfEmployees"))
count("party.fact_recorded", facts + filled(contacts, "Title"))
count("party.role_assigned", filled(contacts, "AccountId"))
count("party.identifier_changed", filled(contacts, "Email") + filled(contacts, "Phone"))
count("lead.opened", len(leads))
count("contact_point.captured", filled(leads, "Email"))
count("lead.converted", having(leads, "IsConverted", "TRUE"))
count("party.merged", sum(row["IsConverted"] == "TRUE" and bool(row["ConvertedContactId"]) for row in leads))
count("deal.opened", len(deals))
count("deal.won", having(history, "StageName", "Closed Won"))
count("deal.lost", having(history, "StageName", "Closed Lost"))
count("deal.stage_changed", len(history) - having(history, "StageName", "Closed Won", "Closed Lost", "Prospecting"))
finish()
